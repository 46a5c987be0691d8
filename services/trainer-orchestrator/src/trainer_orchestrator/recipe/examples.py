"""What an adapter learns from: audited records, their variations, and generated messages against forgetting.

Invariant: targets are what `reading.target.encode_pieces` writes, so the adapter learns exactly the format that the
expander reads. A variation keeps a message's layout and house words, and changes foods, counts and places, so that
what is learned is the habit and not the day's list.
"""

import random
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Final, NamedTuple

from transformers import PreTrainedTokenizerBase

from contracts import Directory, LabelledRow
from reading.prompt import PieceKind, pieces
from reading.target import encode_pieces
from trainer_orchestrator.recipe.batches import Example, example
from trainer_orchestrator.recipe.synthesize import Writer, messages

HEAD_TIMES: Final = 2
"""Heads are learned this often an epoch: a message has one, and the group's names for its places are all in it."""
_KEPT_WORDS: Final = 0.35
"""The share of names that a variation keeps: the group's own names for foods are worth learning too."""


class OwnWords(NamedTuple):
    """What the audits name, spelled as in the messages."""

    foods: list[str]
    sources: list[str]
    destinations: list[str]


class Asked(NamedTuple):
    """One piece and its target, in lower case."""

    kind: PieceKind
    prompt: str
    target: str


def audited(rows: Sequence[LabelledRow], directory: Directory) -> list[list[Asked]]:
    """The pieces of each row."""
    return [
        [
            Asked(piece.kind, piece.prompt.lower(), target)
            for piece, target in zip(pieces(row.text), encode_pieces(row.text, row.extraction, directory), strict=True)
        ]
        for row in rows
    ]


def variation(asked: Asked, own: OwnWords, chance: random.Random) -> Asked:
    """The same piece with other foods, counts and places where they can be told apart in it."""
    return _other_head(asked, own, chance) if asked.kind is PieceKind.HEAD else _other_lines(asked, own, chance)


def _other_head(asked: Asked, own: OwnWords, chance: random.Random) -> Asked:
    prompt, parts = asked.prompt, asked.target.split("|")
    for at, known in ((1, own.sources), (2, own.destinations)):
        if parts[at] and parts[at][0] not in "*=" and parts[1] != parts[2]:
            prompt, parts[at] = _swap(prompt, parts[at], _new_place(known, chance))
    return asked._replace(prompt=prompt, target="|".join(parts))


def _new_place(known: Sequence[str], chance: random.Random) -> str:
    return chance.choice(known) if known and chance.random() < 0.6 else Writer(chance).place_name()


def _other_lines(asked: Asked, own: OwnWords, chance: random.Random) -> Asked:
    prompt, lines = asked.prompt, asked.target.split("\n")
    writer = Writer(chance)
    for i, line in enumerate(lines):
        parts = line.split("|")
        if line.startswith("@") or len(parts) != 3:
            continue
        if chance.random() > _KEPT_WORDS:
            other = chance.choice(own.foods) if own.foods and chance.random() < 0.5 else writer.food_name()
            prompt, parts[2] = _swap(prompt, parts[2], other)
        if parts[0].isdigit():
            prompt = _swap_counted(prompt, parts, str(chance.choice([*range(1, 13), *range(1, 41)])))
        lines[i] = "|".join(parts)
    return asked._replace(prompt=prompt, target="\n".join(lines))


def _swap(prompt: str, old: str, new: str) -> tuple[str, str]:
    """The prompt with `new` in the one place of `old`; unchanged where `old` stands in none or several."""
    found = [m.span() for m in re.finditer(rf"(?<![^\W\d_]){re.escape(old)}(?![^\W\d_])", prompt)]
    if len(found) != 1 or new in prompt:
        return prompt, old
    return prompt[: found[0][0]] + new + prompt[found[0][1] :], new


def _swap_counted(prompt: str, parts: list[str], new: str) -> str:
    """Changes a count that stands right before its unit or its name; `parts[0]` follows when it does."""
    old, beside = parts[0], parts[1] or parts[2]
    found = [m.span(1) for m in re.finditer(rf"(?<![\d./-])({old})\s*{re.escape(beside)}(?![^\W\d_])", prompt)]
    if len(found) != 1:
        return prompt
    parts[0] = new
    return prompt[: found[0][0]] + new + prompt[found[0][1] :]


def own_words(asked: Sequence[Sequence[Asked]]) -> OwnWords:
    """Every food and place that the audits name in their text."""
    all_pieces = [one for row in asked for one in row]
    lines = [line.split("|") for one in all_pieces if one.kind is PieceKind.LINES for line in one.target.split("\n")]
    heads = [one.target.split("|") for one in all_pieces if one.kind is PieceKind.HEAD]
    foods = {parts[2] for parts in lines if len(parts) == 3 and parts[0][:1] != "@"}
    sources, destinations = ({head[at] for head in heads if head[at][:1] not in ("", "*", "=")} for at in (1, 2))
    return OwnWords(sorted(foods), sorted(sources), sorted(destinations))


def replay(tokenizer: PreTrainedTokenizerBase, seed: int) -> Iterator[Example]:
    """Pieces of generated messages, without end; of every second message only the head, of which each has but one."""
    for number, message in enumerate(messages(seed)):
        asked = zip(pieces(message.text), encode_pieces(*message), strict=True)
        for piece, target in islice(asked, 1) if number % 2 else asked:
            yield example(tokenizer, piece.prompt, target)


def scrambled(one: Example, letters: Sequence[int], odds: float, chance: random.Random) -> Example:
    """The same example with some of its copied tokens replaced, in prompt and target alike, by any of `letters`.

    Half of a tokenizer's pieces stand between letters and words and hardly ever occur; a model that has not met them
    copies them wrong (`pepper`, where only `peppers` was learned from).
    """
    known = set(letters)
    counts = Counter(one.prompt)
    copied = [t for t, n in Counter(one.target).items() if n == 1 and counts[t] == 1 and t in known]
    changed = {token: chance.choice(letters) for token in copied if chance.random() < odds}
    return Example([changed.get(t, t) for t in one.prompt], [changed.get(t, t) for t in one.target])


def word_pieces(tokenizer: PreTrainedTokenizerBase) -> list[int]:
    """The ids of pieces that are letters alone."""
    return sorted(id_ for piece, id_ in tokenizer.get_vocab().items() if piece.isascii() and piece.isalpha())


def epoch(
    tokenizer: PreTrainedTokenizerBase,
    asked: Sequence[Sequence[Asked]],
    generated: Iterator[Example],
    share: float,
    vary: Mapping[PieceKind, float],
    chance: random.Random,
) -> list[Example]:
    """One pass: every audited piece, as it is or varied by its kind's odds, and `share` times as many generated."""
    own_names = own_words(asked)
    audits = [one for row in asked for one in row for _ in range(HEAD_TIMES if one.kind is PieceKind.HEAD else 1)]
    chosen = [variation(one, own_names, chance) if chance.random() < vary[one.kind] else one for one in audits]
    own = [example(tokenizer, one.prompt, one.target) for one in chosen]
    return own + list(islice(generated, round(share * len(own))))
