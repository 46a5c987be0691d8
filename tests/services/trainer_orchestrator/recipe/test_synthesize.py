"""Generated messages follow the rules that they are to teach."""

import itertools
import random
import re

import pytest

from contracts import Direction, Extraction
from reading.cleaning import clean
from reading.derive import DEFAULT_TABLES
from reading.expand import expand
from reading.prompt import PieceKind
from reading.target import encode_pieces, fuse
from trainer_orchestrator.recipe import vocabulary as words
from trainer_orchestrator.recipe.batches import IGNORED, Example, bucketed, collate
from trainer_orchestrator.recipe.examples import Asked, OwnWords, replay, scrambled, variation, word_pieces
from trainer_orchestrator.recipe.synthesize import messages
from trainer_orchestrator.recipe.tokenizer import train_tokenizer

SAMPLE = list(itertools.islice(messages(21), 400))


def test_the_same_seed_gives_the_same_messages() -> None:
    assert list(itertools.islice(messages(3), 20)) == list(itertools.islice(messages(3), 20))
    assert next(messages(3)) != next(messages(4))


def test_every_item_stands_in_its_message() -> None:
    for message in SAMPLE:
        text = clean(message.text).text.lower()
        assert all(clean(item.name).text in text for item in message.extraction.items), message.text


def test_directions_follow_the_places() -> None:
    for message in SAMPLE:
        extraction, home = message.extraction, message.directory.home
        if extraction.direction is Direction.INBOUND:
            assert extraction.drop_off_location == home
        if extraction.direction is Direction.OUTBOUND:
            assert extraction.rescue_location == home


def test_all_directions_and_messages_without_food_occur() -> None:
    assert {m.extraction.direction for m in SAMPLE} == set(Direction)
    assert any(not m.extraction.items for m in SAMPLE)


def test_training_never_shows_the_unseen_layouts() -> None:
    unseen = list(itertools.islice(messages(21, unseen=True), 200))
    assert not set(words.UNSEEN_LAYOUTS) & set(words.LAYOUTS)
    assert not set(words.UNSEEN_INBOUND) & set(words.INBOUND)
    signs = re.compile(r"\[\d+\]|◆|unloading|walked away with|Out the door with")
    assert sum(bool(signs.search(message.text)) for message in unseen) > 60
    assert not any(signs.search(message.text) for message in SAMPLE)


def test_a_message_reads_back_from_its_target() -> None:
    made = [*SAMPLE, *itertools.islice(messages(22, unseen=True), 100)]
    lost = []
    for message in made:
        read = expand(fuse(encode_pieces(*message)), message.text, message.directory, DEFAULT_TABLES)
        if counted(read) != counted(message.extraction):
            lost.append(message.text)
        assert read.direction == message.extraction.direction
        assert read.rescue_location == message.extraction.rescue_location
        assert read.drop_off_location == message.extraction.drop_off_location
    assert len(lost) <= len(made) // 50, lost  # where a number could be meant for two items, the nearer one gets it


def counted(extraction: Extraction) -> list[str]:
    return sorted(f"{item.quantity} {item.unit} {item.name}" for item in extraction.items)


def test_a_word_has_the_same_ids_wherever_it_stands() -> None:
    tokenizer = train_tokenizer([m.text for m in SAMPLE], 600)
    spellings = [tokenizer(text, add_special_tokens=False)["input_ids"] for text in ("2cs Bread", "2 CS  bread")]
    assert spellings[0] == spellings[1]
    assert tokenizer.decode(spellings[0]) == "2csbread"


def test_a_variation_keeps_prompt_and_target_together() -> None:
    asked = Asked(
        PieceKind.LINES, "<|lines|>in anchor<|from|>- 3 cs rolls\n- 4 blues kale<|read|>", "3|cs|rolls\n4|blues|kale"
    )
    for seed in range(30):
        varied = variation(asked, OwnWords(["milk"], [], []), random.Random(seed))
        for line in varied.target.split("\n"):
            quantity, unit, name = line.split("|")
            assert f"- {quantity} {unit} {name}" in varied.prompt


def test_a_varied_head_names_the_place_that_its_message_names() -> None:
    asked = Asked(
        PieceKind.HEAD, "<|head|>dropped at elm house from corner mart:<|read|>", "both|corner mart|elm house"
    )
    varied = [variation(asked, OwnWords([], ["aldi"], ["hq"]), random.Random(seed)) for seed in range(20)]
    for one in varied:
        _, source, destination = one.target.split("|")
        assert one.prompt == f"<|head|>dropped at {destination} from {source}:<|read|>"
    assert len({one.target for one in varied}) > 5


def test_a_scrambled_example_copies_what_stands_in_its_prompt() -> None:
    one = Example([9, 20, 21, 22, 9, 23, 9], [20, 3, 21, 9, 40, 1])
    scrambles = [scrambled(one, [*range(20, 30)], 0.5, random.Random(seed)) for seed in range(50)]
    for changed in scrambles:
        assert changed.prompt[1:3] == [changed.target[0], changed.target[2]]
        assert changed.prompt[3:] == one.prompt[3:]
        assert [changed.target[at] for at in (1, 3, 4, 5)] == [3, 9, 40, 1]
    assert len({tuple(changed.target) for changed in scrambles}) > 10


def test_generated_targets_reach_the_rare_pieces_of_the_vocabulary() -> None:
    tokenizer = train_tokenizer([m.text for m in SAMPLE], 1200)
    letters, chance = word_pieces(tokenizer), random.Random(1)
    plain = list(itertools.islice(replay(tokenizer, 5), 1500))
    never, still_never = (
        len(set(letters) - {token for one in examples for token in one.target})
        for examples in (plain, [scrambled(one, letters, 0.5, chance) for one in plain])
    )
    assert still_never < never / 2


@pytest.mark.parametrize("tokens", [10, 50, 1000])
def test_batches_hold_every_example_once(tokens: int) -> None:
    examples = [Example([n], [n] * (n % 7 + 1)) for n in range(2, 40)]
    batches = list(bucketed(examples, tokens, random.Random(1)))
    assert sorted(e.prompt[0] for batch in batches for e in batch) == list(range(2, 40))
    assert all(len(b) == 1 or len(b) * max(e.tokens for e in b) <= tokens for b in batches)


def test_only_targets_have_labels() -> None:
    batch = collate([Example([5, 6], [7, 1]), Example([5], [1])], pad=0)
    assert batch.ids.tolist() == [[5, 6, 7, 1], [5, 1, 0, 0]]
    assert batch.labels.tolist() == [[IGNORED, IGNORED, 7, 1], [IGNORED, 1, IGNORED, IGNORED]]
