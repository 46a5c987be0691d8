"""`larder privacy`: forgetting a person, with the counts first."""

from typing import Annotated, Any

import typer
from rich.console import Console

privacy = typer.Typer(no_args_is_help=True, help="Deletion of what a person wrote.")
out = Console(highlight=False)


@privacy.callback()
def _privacy() -> None:
    """Deletion of what a person wrote."""


@privacy.command()
def forget(
    person: Annotated[str, typer.Argument(help="The name as it is shown, or Slack's id (U0123456789).")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would go and change nothing.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Delete what a person wrote with all that was derived from it, for ever."""
    from larder_cli.service import Service

    service = Service()
    if dry_run or not yes:
        out.print(f"Would delete {_told(service.post('/api/privacy/forget/preview', {'person': person}))}")
    if dry_run or not (yes or typer.confirm("This cannot be taken back. Delete it?")):
        return
    out.print(f"Deleted {_told(service.post('/api/privacy/forget', {'person': person}))}")


def _told(counts: dict[str, Any]) -> str:
    shown = ("messages", "records", "readings", "audits", "dataset_rows")
    named = ", ".join(f"{counts[name]} {name.replace('_', ' ')}" for name in shown)
    versions = ", ".join(counts["versions"])
    learned = f" These versions learned from it and keep that until you delete them: {versions}." if versions else ""
    return f"{named}; the name is taken out of {counts['mentions']} rows of others.{learned}"
