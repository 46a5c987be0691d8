"""How fast messages are read: larder-tiny and a model of Llama 3.2 1B's shape, by engine, beside generate().

    python benchmarks/reading.py --gold LABELLED.jsonl [--locations FILE] [--rows tiny,drafts,1b] [--quick]
        [--genai PYTHON]

`1b` is `1b-predecessor,1b-lookup,1b-genai,1b-torch,1b-openvino`, each of which can be asked for alone. These rows have
random weights and an oracle: each engine does all of its work, then the token that the labels ask for is taken instead
of the model's. So they measure time, not accuracy; the draft is right exactly where the rules are. They read nine
messages of evenly spread lengths, generate() every second of them. Without lookup a token takes as long as the one
before, so that generate() is timed for a prompt and 24 tokens, and its time extended to the whole answer. Tokens are
those of larder-tiny's tokenizer, which cuts JSON finer than Llama's: the rows of generate() are somewhat pessimistic.
`1b-genai` is OpenVINO GenAI with the same questions and answers, plain and with prompt lookup; it runs in an
environment of its own, whose python `--genai` names (`genai.py` says how to make it); without it `1b` leaves it out.

`--gold` lines are {"id", "text", "extraction"}, or have "expect" as in `expectations.py`. Times of larder-tiny are wall
seconds of the messages read one by one, the draft by rules included, over five rounds.
"""

import sys

sys.path.append(sys.path.pop(0))  # this folder last, since this file would hide the package `reading`

import argparse
import json
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Self

import torch
from transformers import AutoTokenizer, GenerationConfig, LlamaConfig, LlamaForCausalLM, LogitsProcessor
from transformers import PreTrainedTokenizerBase as Tokenizer

import inference_worker  # noqa: F401 - sets how threads wait, before torch
from contracts import Directory, Extraction, Item, LabelledRow, Reference
from expectations import settled
from inference_worker.decoding import Statistics, decode
from inference_worker.engines.base import Choice, Feed, Job, Session
from inference_worker.engines.opening import Kind, Wishes, open_engine
from inference_worker.engines.torch_engine import TorchEngine
from inference_worker.reader import Reader
from reading.default_tables import DEFAULT_TABLES
from reading.labelled import parse_labelled_line
from reading.prompt import pieces
from reading.target import encode_pieces
from regex_extractor.extract import extract
from servicekit.logs import configure_logs

TINY = Path(__file__).resolve().parents[1] / "models" / "larder-tiny"
ENGINES = (Kind.TORCH, Kind.OPENVINO_EXACT, Kind.OPENVINO)
LLAMA_1B = {
    "hidden_size": 2048, "intermediate_size": 8192, "num_hidden_layers": 16, "num_attention_heads": 32,
    "num_key_value_heads": 8, "head_dim": 64, "vocab_size": 128_256, "max_position_embeddings": 4096,
    "tie_word_embeddings": True, "rms_norm_eps": 1e-5,
}  # fmt: skip
MEASURED = 24
"""Tokens after a prompt that are timed where each takes as long as the one before."""
PREDECESSOR = (
    "Extract the food rescue information from this message as JSON with direction, rescue_location, "
    "drop_off_location, sections and items.\n\nMessage: {text}\n\nJSON:"
)


@dataclass(frozen=True)
class Data:
    rows: list[LabelledRow]
    reference: Reference
    repeat: int
    quick: bool
    genai: Path | None = None

    def draft(self, text: str) -> Extraction:
        return extract(text, self.reference.directory, self.reference.tables)


def main() -> None:
    configure_logs("benchmark", "console")  # to the error output; the tables go to the other
    options = parsed()
    places = json.loads(options.locations.read_text()) if options.locations else {}
    directory = Directory.from_mapping({name: place for name, place in places.items() if not name.startswith("_")})
    rows = [labelled(line, directory) for line in options.gold.read_text().splitlines() if line.strip()]
    reference = Reference(directory=directory, tables=DEFAULT_TABLES)
    data = Data(
        rows[:24] if options.quick else rows, reference, 1 if options.quick else 5, options.quick, options.genai
    )
    parts: dict[str, Callable[[Data], None]] = {
        "tiny": tiny,
        "drafts": drafts,
        **{f"1b-{name}": partial(one_billion, names=[name]) for name in ONE_BILLION},
        "1b": partial(one_billion, names=[name for name in ONE_BILLION if name != "genai" or data.genai]),
    }
    for name in options.rows.split(","):
        parts[name](data)


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gold", type=Path, required=True)
    parser.add_argument("--locations", type=Path)
    parser.add_argument("--rows", default="tiny,drafts", help="tiny, drafts, 1b, 1b-... (3-6 GB, minutes)")
    parser.add_argument("--genai", type=Path, help="the python of an environment with OpenVINO GenAI")
    parser.add_argument("--quick", action="store_true", help="24 messages (1b: 3), one round")
    return parser.parse_args()


def labelled(line: str, directory: Directory) -> LabelledRow:
    row = json.loads(line)
    if "expect" not in row:
        return parse_labelled_line(line)
    audit = settled(row["expect"], row["text"], directory)
    return LabelledRow(id=row["id"], text=row["text"], extraction=audit)


def tiny(data: Data) -> None:
    print("| larder-tiny | p50 ms | p95 ms | messages/s, one core, 16 at a time | CPU ms/message | passes/message |")
    print("|---|---|---|---|---|---|")
    for kind in ENGINES:
        engine = open_engine(TINY, Wishes(kind=kind, device="cpu"))
        reader = Reader(engine, engine.base)
        singly = [timed(read_one, reader, data, row.text) for _ in range(data.repeat) for row in data.rows]
        engine.statistics = Statistics()
        began, cpu = time.perf_counter(), time.process_time()
        for start in range(0, len(data.rows), 16):
            texts = [row.text for row in data.rows[start : start + 16]]
            reader.read(texts, data.reference, [data.draft(text) for text in texts])
        rate = len(data.rows) / (time.perf_counter() - began)
        cpu_each = (time.process_time() - cpu) / len(data.rows) * 1000
        passes = engine.statistics.steps / len(data.rows)
        print(f"| {kind} | {quantile(singly, 50) * 1e3:.1f} | {quantile(singly, 95) * 1e3:.1f} | {rate:.0f} | "
              f"{cpu_each:.1f} | {passes:.1f} |", flush=True)  # fmt: skip


def drafts(data: Data) -> None:
    """Passes and accepted guesses by the draft's quality."""
    print("\n| draft, read one by one | passes/message | tokens read | accepted guesses |\n|---|---|---|---|")
    engine = open_engine(TINY, Wishes(device="cpu"))
    reader = Reader(engine, engine.base)
    kinds: dict[str, Callable[[LabelledRow], Extraction | None]] = {
        "none": lambda _: None, "rules": lambda row: data.draft(row.text),
        "rules, empty directory": lambda row: extract(row.text, Directory(), DEFAULT_TABLES),
        "labels": lambda row: row.extraction,
    }  # fmt: skip
    for name, draft in kinds.items():
        engine.statistics = Statistics()
        for row in data.rows:
            reader.read([row.text], data.reference, [draft(row)])
        found = engine.statistics
        share = found.accepted / found.guessed if found.guessed else 0
        print(
            f"| {name} | {found.steps / len(data.rows):.1f} | {found.fed / len(data.rows):.0f} | {share:.2f} |",
            flush=True,
        )


def one_billion(data: Data, names: Sequence[str]) -> None:
    """One row after another; those of torch hold 2.5 GB, the 8-bit one 1.3 GB and 4 GB while it is built."""
    print("\n| 1B shape, random weights, oracle by labels | messages | p50 s | p95 s | messages/s | passes/message "
          "| accepted guesses |\n|---|---|---|---|---|---|---|")  # fmt: skip
    rows = spread(data.rows, 3 if data.quick else 9)
    with tempfile.TemporaryDirectory() as folder:
        base = write_base(Path(folder))
        for name in names:
            ONE_BILLION[name](base, rows, data)


def spread(rows: Sequence[LabelledRow], count: int) -> list[LabelledRow]:
    """So many messages of evenly spread lengths."""
    ordered = sorted(rows, key=lambda row: len(row.text))
    return [ordered[len(ordered) * (2 * n + 1) // (2 * count)] for n in range(count)]


def by_oracle(kind: Kind, base: Path, rows: Sequence[LabelledRow], data: Data) -> None:
    engine = open_engine(base, Wishes(kind=kind, device="cpu"))
    read_by_oracle(engine, rows[0], data, Statistics())
    found = Statistics()
    seconds = [timed(read_by_oracle, engine, row, data, found) for row in rows]
    told(f"our reader, {kind}", seconds, f"{found.steps / len(rows):.1f} | {found.accepted / found.guessed:.2f}")


def write_base(folder: Path) -> Path:
    torch.manual_seed(0)
    torch.set_default_dtype(torch.bfloat16)
    LlamaForCausalLM(LlamaConfig(**LLAMA_1B, bos_token_id=None, eos_token_id=1, pad_token_id=0)).save_pretrained(folder)
    torch.set_default_dtype(torch.float32)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(TINY / name, folder / name)
    return folder


def predecessor(base: Path, rows: Sequence[LabelledRow], _: Data) -> None:
    """The predecessor's way: a token a pass; extended from a prompt and `MEASURED` tokens to the whole answer."""
    ask, measured = Generation.of(base), rows[::2]
    answers = [ask.answer(row) for row in measured]
    seconds = []
    for row, answer in zip(measured, answers, strict=True):
        prompt, more = timed(ask.write, row, answer[:1]), timed(ask.write, row, answer[: MEASURED + 1])
        seconds.append(prompt + (more - prompt) / MEASURED * (len(answer) - 1))
    told("predecessor: generate(), JSON (extended)", seconds, f"{statistics.mean(map(len, answers)):.1f} | ")


def genai(base: Path, rows: Sequence[LabelledRow], data: Data) -> None:
    """What `genai.py` took, in another environment."""
    if data.genai is None:
        sys.exit("1b-genai needs --genai: benchmarks/genai.py says how to make the environment.")
    ask = Questions(AutoTokenizer.from_pretrained(base))
    asked = [{"prompt": ask.prompt(row), "answer": ask.answer(row)} for row in rows[::2]]
    (base / "asked.json").write_text(json.dumps(asked))
    command = [str(data.genai), str(Path(__file__).with_name("genai.py")), str(base), str(MEASURED)]
    output = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    for name, seconds in json.loads(output.splitlines()[-1]).items():
        told(name, seconds, " | ")


def lookup(base: Path, rows: Sequence[LabelledRow], _: Data) -> None:
    """generate() with prompt lookup, to the end."""
    ask, measured = Generation.of(base, lookup=10), rows[::2]
    seconds = [timed(ask.write, row, ask.answer(row)) for row in measured]
    told("generate() with prompt lookup, JSON", seconds, f"{ask.passes / len(measured):.1f} | ")


@dataclass
class Questions:
    """The predecessor's prompts and answers."""

    tokenizer: Tokenizer

    def prompt(self, row: LabelledRow) -> list[int]:
        return self._ids(PREDECESSOR.format(text=row.text))

    def answer(self, row: LabelledRow) -> list[int]:
        """Its JSON: everything in its section, and all items once more."""
        answer = row.extraction.model_dump(mode="json", include={"direction", "rescue_location", "drop_off_location"})
        sections = [{"location": one.location, "items": items_of(one.items)} for one in row.extraction.sections]
        return self._ids(json.dumps(answer | {"sections": sections, "items": items_of(row.extraction.items)}))

    def _ids(self, text: str) -> list[int]:
        return list(self.tokenizer(text, add_special_tokens=False).input_ids)


@dataclass
class Generation(Questions):
    """generate() with an oracle."""

    model: LlamaForCausalLM
    lookup: int | None
    passes: int = 0

    @classmethod
    def of(cls, base: Path, lookup: int | None = None) -> Self:
        model = LlamaForCausalLM.from_pretrained(base, dtype=torch.bfloat16).eval()
        made = cls(AutoTokenizer.from_pretrained(base), model, lookup)
        model.register_forward_pre_hook(made._count)
        return made

    def _count(self, *_: object) -> None:
        self.passes += 1

    @torch.inference_mode()
    def write(self, row: LabelledRow, target: Sequence[int]) -> None:
        prompt = torch.tensor([self.prompt(row)])
        config = GenerationConfig(max_new_tokens=len(target), do_sample=False, eos_token_id=1, pad_token_id=0,
                                  prompt_lookup_num_tokens=self.lookup)  # fmt: skip
        self.model.generate(prompt, attention_mask=torch.ones_like(prompt), generation_config=config,
                            logits_processor=[Forced(prompt.shape[1], [*target, 1])])  # fmt: skip


def items_of(items: Iterable[Item]) -> list[dict[str, object]]:
    return [item.model_dump(mode="json", include={"name", "quantity", "unit"}) for item in items]


class Forced(LogitsProcessor):
    """The oracle of generate(): the next token of the target scores highest."""

    def __init__(self, prompt: int, target: Sequence[int]) -> None:
        self._prompt, self._target = prompt, target

    def __call__(self, ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        place = min(ids.shape[1] - self._prompt, len(self._target) - 1)
        scores[:, self._target[place]] = 1e4
        return scores


class Oracle:
    """A session that does its work and then says what the labels say."""

    def __init__(self, session: Session, jobs: Sequence[Job], targets: dict[tuple[int, ...], tuple[int, ...]]) -> None:
        self._session, self._jobs, self._targets = session, jobs, targets

    def step(self, feeds: Sequence[Feed]) -> list[list[Choice]]:
        return [
            [Choice(self._after(feed, place), one.logprob, one.margin) for place, one in enumerate(choices)]
            for feed, choices in zip(feeds, self._session.step(feeds), strict=True)
        ]

    def _after(self, feed: Feed, place: int) -> int:
        prompt = self._jobs[feed.row].prompt
        target = self._targets[prompt]
        at = feed.position + len(feed.tokens) - feed.guesses - len(prompt) + place
        return target[at] if at < len(target) else 1


def read_by_oracle(engine: TorchEngine, row: LabelledRow, data: Data, found: Statistics) -> None:
    parts = pieces(row.text)
    wanted = encode_pieces(row.text, row.extraction, data.reference.directory)
    guessed = encode_pieces(row.text, data.draft(row.text), data.reference.directory)
    jobs = [
        Job(engine.encode_prompt(piece.prompt), 400, engine.encode(draft))
        for piece, draft in zip(parts, guessed, strict=True)
    ]
    targets = {job.prompt: engine.encode(target) for job, target in zip(jobs, wanted, strict=True)}

    def begin(batch: Sequence[Job]) -> Oracle:
        return Oracle(engine.session(engine.base, len(batch)), batch, targets)

    with torch.inference_mode():
        decode(jobs, begin, engine.signs, engine.limits, found)


def read_one(reader: Reader, data: Data, text: str) -> None:
    reader.read([text], data.reference, [data.draft(text)])


def told(name: str, seconds: Sequence[float], passes: str) -> None:
    print(f"| {name} | {len(seconds)} | {quantile(seconds, 50):.2f} | {quantile(seconds, 95):.2f} | "
          f"{len(seconds) / sum(seconds):.3f} | {passes} |", flush=True)  # fmt: skip


def timed(work: Callable[..., object], *given: object) -> float:
    began = time.perf_counter()
    work(*given)
    return time.perf_counter() - began


def quantile(values: Iterable[float], percent: int) -> float:
    found = sorted(values)
    return statistics.median(found) if percent == 50 else found[min(len(found) - 1, int(len(found) * percent / 100))]


ONE_BILLION: dict[str, Callable[[Path, Sequence[LabelledRow], Data], None]] = {
    "predecessor": predecessor,
    "lookup": lookup,
    "genai": genai,
    "torch": partial(by_oracle, Kind.TORCH),
    "openvino": partial(by_oracle, Kind.OPENVINO),
}

if __name__ == "__main__":
    main()
