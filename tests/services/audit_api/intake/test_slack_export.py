"""A Slack export becomes messages, whatever oddities it holds."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from slack_exports import export, post

from audit_api.intake.message import BadFile
from audit_api.intake.slack_export import parse_export


def texts(messages: list[dict[str, Any]], **options: Any) -> list[str]:
    return [message.text for message in parse_export(export(messages, **options))]


def test_a_message_carries_its_channel_author_and_time() -> None:
    (message,) = parse_export(export([post(1741000000.5, "3 boxes &amp; 1 bag")]))
    assert (message.channel_id, message.channel, message.author_id, message.author) == ("C1", "pickups", "U1", "Ana")
    assert (message.ts, message.text, message.thread_ts) == ("1741000000.500000", "3 boxes & 1 bag", None)
    assert message.posted_at.timestamp() == 1741000000.5


def test_an_export_may_lie_in_a_folder() -> None:
    inside = {f"Our group export/{name}": data for name, data in export([post(1)]).items()}
    assert len(parse_export(inside)) == 1


def test_a_name_is_found_where_display_name_is_empty_or_the_user_is_missing() -> None:
    missing = post(3, "x", user="W7", user_profile={"display_name": "Wren"})
    found = parse_export(export([post(1, user="U2"), post(2, user="U404"), missing]))
    assert [message.author for message in found] == ["Bo Lindqvist", "U404", "Wren"]


def test_joins_topics_and_empty_messages_are_left_out() -> None:
    noise = [
        post(1, "<@U1> has joined", subtype="channel_join"),
        post(2, "set the topic", subtype="channel_topic"),
        post(3, "added an integration", subtype="bot_add"),
        post(4, None),
        post(5, "", blocks=None, files=[{"name": "IMG.jpg"}]),
        {"type": "presence_change", "user": "U1"},
    ]
    assert texts([*noise, post(6, "1 bag rice")]) == ["1 bag rice"]


def test_a_tombstone_is_a_deletion() -> None:
    (message,) = parse_export(export([post(1, "This message was deleted.", subtype="tombstone", hidden=True)]))
    assert message.deleted
    assert message.text == ""


def test_a_bots_words_are_in_its_attachments() -> None:
    bot = {
        "type": "message",
        "subtype": "bot_message",
        "bot_id": "B1",
        "username": "form",
        "ts": "7.000001",
        "text": "",
    }
    fields = [{"title": "Store", "value": "Quay Grocer"}, {"title": "What", "value": "4 cs kale"}]
    attachments = [{"pretext": "New pickup", "fields": fields, "fallback": "unused"}, {"fallback": "only this"}]
    (message,) = parse_export(export([{**bot, "attachments": attachments}]))
    assert message.text == "New pickup\nStore: Quay Grocer\nWhat: 4 cs kale\nonly this"
    assert (message.author_id, message.author) == ("B1", "form")


def test_attachments_beside_a_text_are_previews_and_not_read() -> None:
    assert texts([post(1, "see <https://x.example>", attachments=[{"text": "a preview"}])]) == ["see https://x.example"]


def test_blocks_stand_in_for_a_missing_text() -> None:
    elements = [
        {"type": "text", "text": "2 cs kale & "},
        {"type": "user", "user_id": "U1"},
        {"type": "emoji", "name": "x"},
    ]
    items = [{"type": "rich_text_section", "elements": [{"type": "text", "text": word}]} for word in ("eggs", "milk")]
    blocks = [
        {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": elements}]},
        {"type": "rich_text", "elements": [{"type": "rich_text_list", "elements": items}]},
    ]
    assert texts([post(1, None, blocks=blocks)]) == ["2 cs kale & @Ana:x:\neggs\nmilk"]


def test_an_old_upload_says_what_its_comment_says() -> None:
    upload = "<@U1> uploaded a file: <https://x.example/f|shelf.jpg>"
    file = {"id": "F1"}
    said = [
        post(1, f"{upload} and commented: 6 trays buns", subtype="file_share", file=file),
        post(2, upload, subtype="file_share", file=file),
        post(3, "commented on", subtype="file_comment", file=file, comment={"comment": "2 more trays"}),
    ]
    assert texts(said) == ["6 trays buns", "2 more trays"]


def test_a_broadcast_reply_is_taken_once_and_stays_in_its_thread() -> None:
    reply = post(2, "3 bags left", thread_ts="1.000000")
    found = parse_export(export([post(1), reply, {**reply, "subtype": "thread_broadcast", "root": post(1)}]))
    assert [(message.ts, message.thread_ts) for message in found] == [("1.000000", None), ("2.000000", "1.000000")]


def test_a_direct_message_is_named_by_its_id() -> None:
    files = export([post(1)], day="D77/2025-03-01.json", extra={"dms.json": [{"id": "D77", "members": ["U1", "U2"]}]})
    (message,) = parse_export(files)
    assert (message.channel_id, message.channel) == ("D77", "D77")


def test_of_two_versions_of_a_message_the_later_edit_counts() -> None:
    edited = post(1, "3 cases kale", edited={"user": "U1", "ts": "9.000000"})
    files = export([edited], extra={"pickups/2025-03-02.json": [post(1, "2 cases kale")]})
    assert [message.text for message in parse_export(files)] == ["3 cases kale"]


@pytest.mark.parametrize(
    ("name", "data", "complaint"),
    [
        ("pickups/2025-03-01.json", b'[{"ts": "1.0"},\n {"ts"', "pickups/2025-03-01.json, line 2, column"),
        (
            "pickups/2025-03-01.json",
            b'[{"type": "message", "text": "x"}]',
            "pickups/2025-03-01.json, message 1: its ts",
        ),
        ("pickups/2025-03-01.json", b'["x"]', "message 1: it is not an object"),
        ("pickups/2025-03-01.json", b'{"messages": []}', "it holds no list"),
        ("pickups/2025-03-01.json", b"\xff\xfe[", "it is not UTF-8"),
        ("pickups/2025-03-01.json", b"[" * 100_000, "nested too deeply"),
        ("pickups/2025-03-01.json", b'[{"ts": ' + b"9" * 5000 + b"}]", "number too long"),
        ("users.json", b'[{"name": "no id"}]', "users.json, entry 1: it has no id"),
    ],
)
def test_a_bad_file_is_named_with_the_place(name: str, data: bytes, complaint: str) -> None:
    with pytest.raises(BadFile) as refusal:
        parse_export({**export([post(1)]), name: data})
    assert complaint in str(refusal.value)


def test_what_is_no_export_is_refused() -> None:
    with pytest.raises(BadFile, match=r"neither channels\.json nor users\.json"):
        parse_export({"notes/2025-03-01.json": b"[]"})
    with pytest.raises(BadFile, match="no day file"):
        parse_export({"users.json": b"[]"})


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)
FIELDS = [
    "text", "user", "subtype", "blocks", "attachments", "files", "file", "edited", "thread_ts", "bot_profile",
    "user_profile", "comment", "username", "bot_id",
]  # fmt: skip


@given(st.dictionaries(st.sampled_from(FIELDS), json_values))
def test_no_value_of_any_field_breaks_the_import(fields: dict[str, Any]) -> None:
    message = {"type": "message", "ts": "1.000001", **fields}
    found = parse_export(export([json.loads(json.dumps(message))]))
    assert len(found) <= 1
