"""Messages of one conversation become records: consecutive messages of one author, each within the window of the last.

A conversation is a channel's main stream or one thread. A record keeps its id for ever: when an import adds an earlier
message to a record, the record is the same; when it splits a record, the part that the id was made from keeps it.
Pure.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from audit_api.intake.message import FORGOTTEN, Message


@dataclass(frozen=True, slots=True)
class Stored:
    """A message, and the record that it belongs to; None while it belongs to none."""

    message: Message
    record_id: str | None = None
    revision: int = 1


@dataclass(frozen=True, slots=True)
class Group:
    """The messages of one record, in order."""

    id: str
    members: tuple[Stored, ...]

    @property
    def text(self) -> str:
        return "\n".join(member.message.text for member in self.members)

    @property
    def first(self) -> Message:
        return self.members[0].message


def group(stored: Iterable[Stored], window: timedelta, record_ids: Collection[str] = ()) -> list[Group]:
    """The records of these messages, in order of time; `record_ids` are those in use. Deleted messages are in none.

    A forgotten message still stands between those of another author, as it did.
    """
    conversations: dict[tuple[str, str | None], list[Stored]] = defaultdict(list)
    for one in stored:
        if not one.message.deleted or one.message.author_id == FORGOTTEN:
            conversations[one.message.channel_id, one.message.thread_ts].append(one)
    runs = [run for members in conversations.values() for run in _runs(sorted(members, key=_time), window)]
    runs = [run for run in runs if not run[0].message.deleted]
    return _named(sorted(runs, key=lambda run: _time(run[0])), record_ids)


def _runs(members: Sequence[Stored], window: timedelta) -> list[tuple[Stored, ...]]:
    runs: list[list[Stored]] = []
    for member in members:
        last = runs[-1][-1].message if runs else None
        if last and last.author_id == member.message.author_id and member.message.posted_at - last.posted_at <= window:
            runs[-1].append(member)
        else:
            runs.append([member])
    return [tuple(run) for run in runs]


def _named(runs: Sequence[tuple[Stored, ...]], record_ids: Collection[str]) -> list[Group]:
    """Each run's id: the one made from its first message if it is in use, else one its members have, else a new one."""
    own = [_fresh_id(run) for run in runs]
    taken = {record_id for record_id in own if record_id in record_ids}
    groups = []
    for run, fresh in zip(runs, own, strict=True):
        inherited = (member.record_id for member in run if member.record_id and member.record_id not in taken)
        record_id = fresh if fresh in record_ids else next(inherited, fresh)
        taken.add(record_id)
        groups.append(Group(record_id, tuple(replace(member, record_id=record_id) for member in run)))
    return groups


def _fresh_id(run: Sequence[Stored]) -> str:
    first = run[0].message
    return f"{first.channel_id}-{first.ts}"


def _time(stored: Stored) -> tuple[object, str, str]:
    return stored.message.posted_at, stored.message.channel_id, stored.message.ts
