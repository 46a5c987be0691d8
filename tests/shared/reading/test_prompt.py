"""Cleaning and cutting a message into pieces."""

from hypothesis import given
from hypothesis import strategies as st

from reading.cleaning import clean
from reading.prompt import CONTEXT_END, READ_MARK, PieceKind, pieces, segments

LONG = "Picked up from Anchor Market:\n" + "\n".join(f"- {n} cases food{n}" for n in range(1, 12))


def test_markup_escapes_and_bullets_become_plain() -> None:
    raw = "• 2 cs mac &amp; cheese :tada:\n\n<@U123>  took <https://x.org/a|this> → <#C1|general>"
    assert clean(raw).text == "- 2 cs mac & cheese\n@user took this -> general"


def test_every_clean_character_knows_its_raw_range() -> None:
    raw = "½ case mac &amp; cheese"
    message = clean(raw)
    at = message.text.index("&")
    span = message.span(at, at + 1)
    assert raw[span.start : span.end] == "&amp;"


@given(st.text(alphabet="ab1 \n•&;<>@:-½→🍎'", max_size=80))
def test_cleaning_never_fails_and_its_ranges_are_ordered(raw: str) -> None:
    message = clean(raw)
    assert len(message.text) == len(message.starts) == len(message.ends)
    assert all(0 <= a < b <= len(raw) for a, b in zip(message.starts, message.ends, strict=True))
    assert list(message.starts) == sorted(message.starts)
    assert "\n\n" not in message.text


@given(st.text(alphabet="ab1 \n-,.:", max_size=400))
def test_every_line_is_asked_about_exactly_once(raw: str) -> None:
    text = clean(raw).text
    asked = [p for p in pieces(raw) if p.kind is PieceKind.LINES]
    covered = [s for p in asked for s in segments(text) if p.start <= s.start < p.end]
    assert covered == segments(text)


def test_a_long_list_is_read_a_few_lines_at_a_time_under_its_heading() -> None:
    head, first, *others = pieces(LONG)
    assert head.kind is PieceKind.HEAD
    assert "food1" not in head.prompt
    assert first.prompt.endswith("3 cases food3" + READ_MARK)
    assert all(p.prompt.startswith("<|lines|>Picked up from Anchor Market:" + CONTEXT_END) for p in others)


def test_a_line_of_many_items_is_cut_at_commas() -> None:
    line = "Dropped " + ", ".join(f"{n} cases of quite some food" for n in range(1, 30))
    assert all(s.end - s.start <= 200 for s in segments(line))


def test_an_empty_message_has_only_a_head() -> None:
    assert [p.kind for p in pieces("")] == [PieceKind.HEAD]
