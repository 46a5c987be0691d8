"""Slack's markup becomes what a person reads."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit_api.intake.markup import readable

USERS = {"U1": "Ana", "W9": "Wren"}
CHANNELS = {"C1": "pickups"}


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("<@U1> took 2 cs kale", "@Ana took 2 cs kale"),
        ("<@W9|wren.k> has it", "@Wren has it"),
        ("<@U404|someone> and <@U405>", "@someone and @U405"),
        ("see <#C1|pickups> and <#C1> and <#C9|>", "see #pickups and #pickups and #C9"),
        ("<!channel> <!here|here> <!everyone>", "@channel @here @everyone"),
        ("<!subteam^S1|@drivers> and <!subteam^S1>", "@drivers and @S1"),
        ("<!date^1741000000^{date}|3 March>", "3 March"),
        ("<https://maps.example/x|the dock>", "the dock"),
        ("<https://maps.example/x>", "https://maps.example/x"),
        ("<mailto:a@b.example|a@b.example> <mailto:a@b.example>", "a@b.example a@b.example"),
        ("bread &amp; milk &lt;3 -&gt; fridge", "bread & milk <3 -> fridge"),
        ("&amp;lt; &quot; &#39;", "&lt; &quot; &#39;"),
        ("5 lbs <unclear> :tomato:", "5 lbs <unclear> :tomato:"),
        ("one\r\ntwo\rthree\0", "one\ntwo\nthree"),
        ("half of a pair \ud83c", "half of a pair \ufffd"),
    ],
)
def test_tokens_read_as_a_person_would_say_them(source: str, text: str) -> None:
    assert readable(source, USERS, CHANNELS) == text


@given(st.text(alphabet=st.characters()))
def test_any_text_becomes_storable_text(source: str) -> None:
    text = readable(source, USERS, CHANNELS)
    assert "\0" not in text
    text.encode()


@given(st.text(alphabet="abc 123/&\n-:*", max_size=80))
def test_what_slack_escapes_comes_back(written: str) -> None:
    escaped = written.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert readable(escaped, {}, {}) == written.strip()
