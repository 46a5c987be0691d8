"""Messages become records."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st
from slack_exports import message

from audit_api.intake.grouping import Stored, group
from audit_api.intake.message import Message

WINDOW = timedelta(minutes=30)
MINUTE = 60


def ids_and_texts(*messages: Message) -> list[tuple[str, str]]:
    return [(one.id, one.text) for one in group([Stored(m) for m in messages], WINDOW)]


def test_consecutive_messages_of_one_author_are_one_record() -> None:
    first, second = message(0, "picked up:"), message(29 * MINUTE, "2 cs kale")
    assert ids_and_texts(second, first) == [("C1-0.000000", "picked up:\n2 cs kale")]


def test_the_window_counts_from_the_last_message() -> None:
    steps = [message(n * 25 * MINUTE, str(n)) for n in range(4)]
    assert [text for _, text in ids_and_texts(*steps)] == ["0\n1\n2\n3"]
    assert len(ids_and_texts(message(0), message(30 * MINUTE + 1))) == 2


def test_another_author_ends_the_record() -> None:
    between = message(60, "thanks!", author="U2")
    assert [text for _, text in ids_and_texts(message(0, "a"), between, message(120, "b"))] == ["a", "thanks!", "b"]


def test_a_thread_and_another_channel_are_apart() -> None:
    reply = message(60, "reply", thread_ts="0.000000")
    elsewhere = message(90, "there", channel_id="C2")
    found = ids_and_texts(message(0, "a"), reply, elsewhere, message(120, "b"))
    assert [text for _, text in found] == ["a\nb", "reply", "there"]


def test_a_deleted_message_is_in_no_record() -> None:
    assert ids_and_texts(message(0, "", deleted=True), message(60, "b")) == [("C1-60.000000", "b")]


def test_a_record_keeps_its_id_when_an_earlier_message_arrives() -> None:
    known = Stored(message(600, "b"), record_id="C1-600.000000")
    (one,) = group([known, Stored(message(0, "a"))], WINDOW, {"C1-600.000000"})
    assert (one.id, one.text) == ("C1-600.000000", "a\nb")


def test_a_split_record_leaves_its_id_to_the_message_that_it_was_made_from() -> None:
    early = Stored(message(0, "a"), record_id="C1-600.000000")
    late = Stored(message(600, "b"), record_id="C1-600.000000")
    between = Stored(message(300, "hello", author="U2"))
    found = group([early, late, between], WINDOW, {"C1-600.000000"})
    assert [(one.id, one.text) for one in found] == [
        ("C1-0.000000", "a"),
        ("C1-300.000000", "hello"),
        ("C1-600.000000", "b"),
    ]


messages = st.lists(
    st.builds(
        message,
        st.integers(0, 20_000),
        author=st.sampled_from(["U1", "U2"]),
        channel_id=st.sampled_from(["C1", "C2"]),
        thread_ts=st.sampled_from([None, "5.000000"]),
        deleted=st.booleans(),
    ),
    max_size=12,
    unique_by=lambda m: m.key,
)


@given(messages)
def test_every_message_is_in_exactly_one_record_and_no_id_is_given_twice(found: list[Message]) -> None:
    groups = group([Stored(m) for m in found], WINDOW)
    members = sorted(member.message.key for one in groups for member in one.members)
    assert members == sorted(m.key for m in found if not m.deleted)
    assert len({one.id for one in groups}) == len(groups)


@given(messages)
def test_grouping_again_changes_nothing(found: list[Message]) -> None:
    first = group([Stored(m) for m in found], WINDOW)
    again = group([member for one in first for member in one.members], WINDOW, {one.id for one in first})
    assert again == first
