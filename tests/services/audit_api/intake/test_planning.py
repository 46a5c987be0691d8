"""What an import changes, compared with what is known."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from slack_exports import message

from audit_api.intake.message import IMPORT_CHANNEL, Message
from audit_api.intake.planning import Known, KnownRecord, Plan, RecordConflict, plan, plan_rows

WINDOW = timedelta(minutes=30)
NOTHING = Plan([], [], [], [], [])


def known_after(known: Known, done: Plan) -> Known:
    """What the database holds after the plan was written."""
    messages = dict(known.messages) | {one.message.key: one for one in [*done.new, *done.changed, *done.moved]}
    records = dict(known.records)
    for change in done.records:
        records[change.id] = KnownRecord(change.id, change.revision, change.text, change.first.channel_id)
    for record_id in done.retired:
        records[record_id] = replace(records[record_id], retired=True)
    return Known(messages, records)


def imported(*steps: Sequence[Message]) -> Known:
    known = Known()
    for step in steps:
        known = known_after(known, plan(known, step, WINDOW))
    return known


def texts(known: Known) -> dict[str, str]:
    return {record.id: record.text for record in known.records.values() if not record.retired}


def test_importing_the_same_again_changes_nothing() -> None:
    messages = [message(0, "a"), message(60, "b"), message(90, "c", author="U2")]
    assert plan(imported(messages), messages, WINDOW) == NOTHING


def test_an_edit_is_a_revision_of_message_and_record() -> None:
    edited = message(0, "3 cs kale", edited_ts="5.000000")
    done = plan(imported([message(0, "2 cs kale")]), [edited], WINDOW)
    assert [(one.revision, one.message.text) for one in done.changed] == [(2, "3 cs kale")]
    assert [(change.revision, change.text) for change in done.records] == [(2, "3 cs kale")]


def test_an_older_export_does_not_undo_an_edit() -> None:
    known = imported([message(0, "3 cs kale", edited_ts="5.000000")])
    assert plan(known, [message(0, "2 cs kale")], WINDOW) == NOTHING


def test_a_changed_display_name_is_no_edit() -> None:
    known = imported([message(0, "@Ana has it", source="<@U1> has it")])
    assert plan(known, [message(0, "@Ana R has it", source="<@U1> has it")], WINDOW) == NOTHING


def test_a_later_message_revises_the_record_that_it_joins() -> None:
    known = imported([message(0, "a")])
    done = plan(known, [message(60, "b")], WINDOW)
    assert [(change.id, change.revision, change.text) for change in done.records] == [("C1-0.000000", 2, "a\nb")]


def test_a_deletion_takes_the_text_away_and_an_empty_record_retires() -> None:
    known = imported([message(0, "a"), message(60, "b"), message(90, "c", author="U2")])
    gone = [replace(message(60), deleted=True, text="", source=""), replace(message(90), deleted=True)]
    after = known_after(known, plan(known, gone, WINDOW))
    assert texts(after) == {"C1-0.000000": "a"}
    assert after.records["C1-90.000000"].retired


def test_a_tombstone_of_an_unknown_message_is_nothing() -> None:
    assert plan(Known(), [message(0, "", deleted=True)], WINDOW) == NOTHING


def test_a_message_between_two_records_merges_them() -> None:
    known = imported([message(0, "a"), message(40 * 60, "c")])
    after = known_after(known, plan(known, [message(20 * 60, "b")], WINDOW))
    assert texts(after) == {"C1-0.000000": "a\nb\nc"}
    assert after.records["C1-2400.000000"].retired


def row(row_id: str, text: str = "2 cs kale") -> Message:
    return replace(message(0, text), channel_id=IMPORT_CHANNEL, channel=IMPORT_CHANNEL, ts=row_id)


def test_a_row_is_a_record_with_its_own_id() -> None:
    done = plan_rows(Known(), [row("r1"), row("r2")])
    assert [(change.id, change.is_new) for change in done.records] == [("r1", True), ("r2", True)]


def test_a_row_with_a_slack_records_id_and_text_is_that_record() -> None:
    known = imported([message(0, "2 cs kale")])
    assert plan_rows(known, [row("C1-0.000000", "2 cs kale")]) == NOTHING


def test_a_row_never_overwrites_a_slack_record() -> None:
    with pytest.raises(RecordConflict, match=r"C1-0\.000000"):
        plan_rows(imported([message(0, "2 cs kale")]), [row("C1-0.000000", "3 cs kale")])


def test_an_edited_row_keeps_its_place_in_time() -> None:
    known = known_after(Known(), plan_rows(Known(), [row("r1")]))
    later = replace(row("r1", "other"), posted_at=row("r1").posted_at + timedelta(days=1))
    (change,) = plan_rows(known, [later]).records
    assert (change.revision, change.text, change.first.posted_at) == (2, "other", row("r1").posted_at)


steps = st.lists(
    st.lists(
        st.builds(
            message,
            st.integers(0, 30).map(lambda n: n * 300),
            st.sampled_from(["a", "b"]),
            author=st.sampled_from(["U1", "U2"]),
            edited_ts=st.sampled_from([None, "7.000000", "8.000000"]),
            deleted=st.booleans(),
        ),
        max_size=6,
        unique_by=lambda m: m.key,
    ),
    max_size=5,
)


@given(steps)
def test_after_any_imports_records_are_exactly_what_grouping_says_and_the_last_import_is_idempotent(
    found: list[list[Message]],
) -> None:
    known = imported(*found)
    alive = {one.record_id for one in known.messages.values() if not one.message.deleted}
    assert set(texts(known)) == alive
    joined = "\n".join(text for _, text in sorted(texts(known).items())).split("\n") if alive else []
    assert sorted(joined) == sorted(m.message.text for m in known.messages.values() if not m.message.deleted)
    if found:
        again = plan(known, found[-1], WINDOW)
        assert (again.new, again.changed, again.records, again.retired) == ([], [], [], [])
