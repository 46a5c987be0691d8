"""What an import changes: known messages and incoming ones go in, the rows to write come out. Pure.

Invariant: importing the same thing again changes nothing. A message's version is newer when its source text differs and
its edit is not older; an older export never undoes an edit, nor brings back a name that was taken out. A tombstone
deletes a known message and is no message of its own.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from audit_api.intake.grouping import Group, Stored, group
from audit_api.intake.message import Message
from audit_api.privacy.redaction import is_same_but_redacted

Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class KnownRecord:
    """A record as it stands in the database."""

    id: str
    revision: int
    text: str
    channel_id: str
    retired: bool = False


@dataclass(frozen=True)
class Known:
    """What the database holds of the conversations in question."""

    messages: Mapping[Key, Stored] = field(default_factory=dict)
    records: Mapping[str, KnownRecord] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RecordChange:
    """A record at a new revision."""

    id: str
    revision: int
    text: str
    first: Message

    @property
    def is_new(self) -> bool:
        return self.revision == 1


@dataclass(frozen=True)
class Plan:
    """The rows to write."""

    new: list[Stored]
    """Messages never seen before, with their record."""
    changed: list[Stored]
    """Known messages at a new revision (edited or deleted)."""
    moved: list[Stored]
    """Known and unedited messages that now belong to another record."""
    records: list[RecordChange]
    """New records, and records whose text changed."""
    retired: list[str]
    """Records that have no message any more."""


class RecordConflict(Exception):
    """A row has the id of a Slack record and another text."""


def plan(known: Known, incoming: Iterable[Message], window: timedelta) -> Plan:
    """Compare an export with what is known of its channels."""
    merged, edited = merge(known.messages, incoming)
    return _plan(known, merged, edited, group(merged.values(), window, known.records))


def plan_rows(known: Known, incoming: Iterable[Message]) -> Plan:
    """Compare rows, each a record of its own, with what is known. A row that is a Slack record already is left out.

    Raises RecordConflict when a row would change a Slack record: its text belongs to Slack.
    """
    own = [_at_known_time(known, row) for row in incoming if not _is_slack_record(known.records.get(row.ts), row)]
    present = {row.key: known.messages[row.key] for row in own if row.key in known.messages}
    merged, edited = merge(present, own)
    groups = [_row_group(stored) for stored in merged.values() if not stored.message.deleted]
    return _plan(Known(present, known.records), merged, edited, groups)


def _plan(known: Known, merged: Mapping[Key, Stored], edited: Collection[Key], groups: Sequence[Group]) -> Plan:
    assigned = {member.message.key: member for one in groups for member in one.members}
    return Plan(
        new=[assigned[key] for key in merged if key not in known.messages and key in assigned],
        changed=[assigned.get(key, merged[key]) for key in merged if key in edited],
        moved=[one for key, one in assigned.items() if _has_moved(known.messages.get(key), one) and key not in edited],
        records=[change for one in groups if (change := _change(known.records.get(one.id), one))],
        retired=_retired(known, groups),
    )


def merge(known: Mapping[Key, Stored], incoming: Iterable[Message]) -> tuple[dict[Key, Stored], set[Key]]:
    """All messages at their newest version, and the keys of the known ones that changed."""
    merged, edited = dict(known), set[Key]()
    for message in incoming:
        present = known.get(message.key)
        if present is None and not message.deleted:
            merged[message.key] = Stored(message)
        elif present is not None and _is_newer(message, present.message):
            merged[message.key] = replace(present, message=message, revision=present.revision + 1)
            edited.add(message.key)
    return merged, edited


def _is_slack_record(record: KnownRecord | None, row: Message) -> bool:
    if record is None or record.channel_id == row.channel_id:
        return False
    if record.text != row.text:
        raise RecordConflict(
            f'record "{record.id}" came from Slack with another text; give the row another id, or import the newest '
            "Slack export first."
        )
    return True


def _at_known_time(known: Known, row: Message) -> Message:
    """A row keeps the time of its first import, and so its place in the queue."""
    present = known.messages.get(row.key)
    return replace(row, posted_at=present.message.posted_at) if present else row


def _row_group(stored: Stored) -> Group:
    record_id = stored.message.ts
    return Group(record_id, (replace(stored, record_id=record_id),))


def _is_newer(message: Message, known: Message) -> bool:
    if message.deleted or known.deleted:
        return message.deleted and not known.deleted
    if is_same_but_redacted(message.source, known.source):
        return False
    return (message.edited_ts or "") >= (known.edited_ts or "")


def _has_moved(before: Stored | None, after: Stored) -> bool:
    return before is not None and before.record_id != after.record_id


def _change(known: KnownRecord | None, now: Group) -> RecordChange | None:
    if known is None:
        return RecordChange(now.id, 1, now.text, now.first)
    if known.text == now.text and not known.retired:
        return None
    return RecordChange(now.id, known.revision + 1, now.text, now.first)


def _retired(known: Known, groups: Iterable[Group]) -> list[str]:
    """Records that lost all their messages; a record that had none here (another channel's) is left alone."""
    alive = {one.id for one in groups}
    held = {stored.record_id for stored in known.messages.values() if stored.record_id}
    return sorted(record_id for record_id in held - alive if not known.records[record_id].retired)
