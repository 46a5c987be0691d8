"""`larder models history`: what was serving when."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

from larder_cli.errors import Refused
from larder_cli.service import Service


def history(at: str | None) -> list[dict[str, Any]]:
    """The stretches of service, newest first; with `at` those of a day (here) or of a moment. Raises Refused."""
    bounds = {} if at is None else _bounds(at)
    return list(Service().get("/api/activations", **bounds)["items"])


def described(stretch: dict[str, Any]) -> tuple[str, str, str, str]:
    """(version, from, to, by whom and why) for a person, in the local time."""
    until = _local(stretch["until"]) if stretch["until"] else "now"
    return stretch["version"] or "none", _local(stretch["since"]), until, f"{stretch['by']}: {stretch['why']}"


def _bounds(at: str) -> dict[str, str]:
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        raise Refused(f"{at} is no date: write 2026-03-03, or a moment such as 2026-03-03T14:30.") from None
    is_day = moment.time() == time() and len(at) <= len("2026-03-03")
    since = moment.astimezone()
    until = (moment + timedelta(days=1)).astimezone() if is_day else since + timedelta(microseconds=1)
    return {"since": since.astimezone(UTC).isoformat(), "until": until.astimezone(UTC).isoformat()}


def _local(moment: str) -> str:
    return f"{datetime.fromisoformat(moment).astimezone():%Y-%m-%d %H:%M}"
