"""Decoding under masks: the form of the target, and nothing that the message does not say."""

from pathlib import Path

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from toy_model import make_adapter
from transformers import LlamaForCausalLM

from contracts import Directory, Place, PlaceKind
from inference_worker.decoding import Tokens
from inference_worker.engines.base import Job
from inference_worker.engines.drafts import Draft
from inference_worker.engines.torch_engine import TorchEngine
from inference_worker.grounded import Grammar, Vocabulary, copies, grammar_of, normal, texts_of
from reading.grounding import Squeezed, numbers, squeeze, words
from reading.prompt import Piece, PieceKind, pieces
from reading.target import HOME, NO_NUMBER, ONE, UNWRITTEN, decode

HOME_PLACE = Directory(places={"Barn": Place(kind=(PlaceKind.HOME,)), "Anchor Market": Place(aliases=("anchor",))})
NEAR_TIE = 1e-4
END = 299
"""An id behind all tokens of the vocabularies below."""

NOISE = st.text(alphabet="abz 125/.,'-|@\u00e9\u00d1()", max_size=30)
REAL = st.sampled_from(["5 boxes Figs from Aldi", "two c\u00e1ses kale"])
MESSAGES = st.lists(NOISE | REAL, min_size=1, max_size=6).map("\n".join)


LONGER = dict(enumerate(
    [b"fi", b"figs", b"|f", b"||", b"|\n", b"\n|", b"@b", b"boxes", b" boxes", b" f", b"5|", b"s\n@"], start=256
))  # fmt: skip


def bytewise(*, keeps_spaces: bool) -> Vocabulary:
    """Every byte, and some tokens that hold a separator and letters, as real vocabularies do."""
    tokens = [bytes([n]) for n in range(256)] + list(LONGER.values())
    return Vocabulary(tokens, [END], keeps_spaces=keeps_spaces)


def written(data: st.DataObject, grammar: Grammar, vocabulary: Vocabulary, most: int = 60) -> str:
    """What a model that chooses at random among the allowed tokens writes."""
    state, text = grammar.start, b""
    for _ in range(most):
        moves = grammar.moves(state)
        assert moves, "an answer that is not over can always go on"
        token = data.draw(st.sampled_from(sorted(moves)))
        if token == END:
            return text.decode()
        state = moves[token]
        text += LONGER.get(token) or bytes([token])
    return text.decode(errors="ignore").rpartition("\n")[0]


@settings(max_examples=150)
@given(text=MESSAGES, keeps_spaces=st.booleans(), data=st.data())
def test_whatever_is_written_has_the_form_and_copies_every_value(text: str, keeps_spaces: bool, data: st.DataObject):  # noqa: FBT001
    vocabulary = bytewise(keeps_spaces=keeps_spaces)
    for piece in pieces(text):
        answer = written(data, grammar_of(piece, HOME_PLACE, vocabulary), vocabulary)
        check(answer, piece)


def check(answer: str, piece: Piece) -> None:
    context, body = texts_of(piece)
    if piece.kind is PieceKind.HEAD:
        if answer.count("|") == 2:
            parts = decode(answer)
            assert is_place(parts.rescue, body)
            assert is_place(parts.drop_off, body)
        return
    for line in filter(None, answer.split("\n")):
        if line.startswith("@"):
            assert is_place(line[1:], [*context, *body]), line
            continue
        quantity, unit, name = line.split("|")
        assert any(is_phrase(name, part) for part in body), line
        assert quantity in {"", NO_NUMBER, ONE} or any(spans(quantity, part, numbers) for part in body), line
        assert not unit or any(spans(unit, part, words) for part in body), line


def is_phrase(value: str, line: str) -> bool:
    return next(Squeezed(line.replace("|", " ")).occurrences(value), None) is not None


def is_place(value: str, lines: list[str]) -> bool:
    unwritten = {squeeze(UNWRITTEN + name) for name in HOME_PLACE.places}
    return value in {"", HOME} or squeeze(value) in unwritten or any(is_phrase(value, line) for line in lines)


def spans(value: str, line: str, find) -> bool:
    return squeeze(value) in {squeeze(line[a:b]) for a, b in find(line, 0, len(line))}


def test_copies_begin_and_end_at_words_and_numbers():
    phrases = copies("2cases  Sweet corn", spaces=True)
    assert phrases.source.strip() == b"2cases sweet corn"
    assert {phrases.source[at:].split()[0] for at in phrases.starts} == {b"2cases", b"cases", b"sweet", b"corn"}


def test_an_answer_about_a_line_without_a_word_can_only_be_empty_or_a_place():
    vocabulary = bytewise(keeps_spaces=False)
    grammar = grammar_of(pieces("...")[1], Directory(), vocabulary)
    assert END in grammar.moves(grammar.start)


def masked_greedy(model: LlamaForCausalLM, job: Job, ends: frozenset[int]) -> tuple[list[int], bool]:
    """Plain greedy decoding, one forward pass over everything for each token; and whether a choice was a near-tie."""
    ids, state, close = [], job.grammar.start, False
    while len(ids) < job.limit:
        moves = sorted(job.grammar.moves(state))
        if not moves:
            break
        scores = model(torch.tensor([[*job.prompt, *ids]])).logits[0, -1, moves]
        top = scores.topk(min(2, len(moves))).values
        close |= len(moves) > 1 and float(top[0] - top[1]) < NEAR_TIE
        token = moves[int(scores.argmax())]
        if token in ends:
            break
        ids.append(token)
        state = job.grammar.moves(state)[token]
    return ids, close


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(text=MESSAGES, data=st.data())
@torch.inference_mode()
def test_drafted_batched_decoding_equals_plain_greedy_decoding_under_the_same_masks(toy_engine, text, data):
    jobs = [
        Job(toy_engine.encode_prompt(piece.prompt), 24,
            tuple(data.draw(st.lists(st.integers(2, 250), max_size=8))) + toy_engine.encode("5|boxes|figs"),
            grammar_of(piece, HOME_PLACE, toy_engine.vocabulary))
        for piece in pieces(text)[:3]
    ]  # fmt: skip
    for job, answer in zip(jobs, toy_engine.decode(toy_engine.base, jobs), strict=True):
        wanted, near_tie = masked_greedy(toy_engine.base.model, job, toy_engine.signs.ends)
        assert near_tie or list(answer.ids) == wanted


def test_prompts_that_share_a_long_beginning_are_read_as_without_it(toy_engine: TorchEngine, toy_adapter: Path):
    """The instruction is read once; each generation has its own."""
    instruction = "read every line of the message and say what was picked up from where " * 2
    prompts = [toy_engine.encode_prompt(instruction + text) for text in ("5 boxes", "3 cases bananas", "lettuce")]
    for weights in (toy_engine.base, toy_engine.load(toy_adapter, "a" * 64), toy_engine.base):
        alone = [toy_engine.decode(weights, [Job(prompt, 12)])[0].ids for prompt in prompts]
        fed = toy_engine.statistics.fed
        together = toy_engine.decode(weights, [Job(prompt, 12) for prompt in prompts])
        assert [answer.ids for answer in together] == alone
        assert toy_engine.statistics.fed - fed < sum(map(len, prompts))


@pytest.mark.parametrize(
    ("draft", "written", "expected"),
    [
        ("5|cases|figs\n2||kale", "9|", "cases|figs\n2||kale"),
        ("5|cases|figs\n2||kale", "5|boxes|", "figs\n2||kale"),
        ("@aldi\n5|cases|figs\n2||kale", "5", "|cases|figs\n2||kale"),
        ("@aldi\n5|cases|figs\n2||kale", "@aldi market\n", "5|cases|figs\n2||kale"),
        ("5|cases|figs\n2||kale", "7|bags|rice\n", "5|cases|figs\n2||kale"),
        ("5|cases|figs\n2||kale", "5|cases|figs\n5|cases|figs\n", "2||kale"),
        ("outbound||aldi", "outbound|*|", "aldi"),
    ],
    ids=[
        "another quantity",
        "another unit",
        "no heading",
        "a longer heading",
        "a line more",
        "a line twice",
        "a place",
    ],
)
def test_a_draft_is_found_again_behind_a_disagreement(draft: str, written: str, expected: str):
    signs = Tokens(frozenset(), frozenset({ord("\n")}), frozenset({ord("|")}))
    followed = Draft([ord(sign) for sign in draft], signs)
    for sign in written:
        followed.saw(ord(sign))
    for sign in expected:
        assert followed.next() == ord(sign)
        followed.saw(ord(sign))
    assert followed.next() is None


def test_the_rest_of_a_name_is_guessed_from_the_message_up_to_a_sign():
    signs = Tokens(frozenset(), frozenset({ord("\n")}), frozenset({ord("|")}), frozenset({ord(","), ord("\n")}))
    followed = Draft((), signs, [ord(sign) for sign in "5 figs, 2 fine apples"])
    for sign in "2||fin":
        followed.saw(ord(sign))
    assert followed.next() == ord("e")
    for sign in "5||figs":
        followed.saw(ord(sign))
    assert followed.next() is None


def test_adapters_decode_under_masks_as_merged_weights_do(toy_engine: TorchEngine, toy_base: Path, tmp_path: Path):
    weights = toy_engine.load(make_adapter(toy_base, tmp_path), "a" * 64)
    piece = pieces("picked up 5 cases bananas and 3 boxes lettuce")[1]
    job = Job(toy_engine.encode_prompt(piece.prompt), 30, (), grammar_of(piece, HOME_PLACE, toy_engine.vocabulary))
    with torch.inference_mode():
        wanted, _ = masked_greedy(weights.model, job, toy_engine.signs.ends)
    assert list(toy_engine.decode(weights, [job])[0].ids) == wanted


def test_the_signs_of_a_normal_line_are_normal():
    """`copies` spells them as they are."""
    signs = (sign for code in range(0x110000) if not 0xD800 <= code < 0xE000 for sign in normal(chr(code)))
    assert [sign for sign in signs if normal(sign) != sign] == []
