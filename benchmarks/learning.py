"""How readings improve with audits: `python benchmarks/learning.py [--gold FILE --locations FILE] [--seeds 5]`.

Cross-validation on a labelled file (the sample, unless another is given): every message is read by adapters that never
saw it, trained on 10, 50 and all of the other folds' messages, beside the rules, the bare base and the combination of
rules and adapter. Prints Markdown tables and writes all figures as JSON. `--quick` takes one seed and two folds.

Invariant: each adapter's readings are kept in `--work` as soon as they exist, named by everything that decides them, so
that a run that was stopped continues, and nothing is measured twice. Readings are those of the worker's own reader.
"""

import argparse
import contextlib
import hashlib
import json
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

sys.path.append(sys.path.pop(0))  # this folder last: its reading.py would hide the package `reading`

from contracts import Directory, Extraction, LabelledRow, Reference
from contracts.hashing import base_model_ref
from expectations import Expected, lenient_figures, settled
from inference_worker.reader import Reader
from reading.derive import DEFAULT_TABLES
from reading.judging import AuditedPair, judge
from reading.labelled import parse_labelled_line
from regex_extractor import extract
from servicekit.logs import configure_logs
from trainer_orchestrator.recipe import train_lora
from trainer_orchestrator.recipe.fitting import Options

ROOT = Path(__file__).resolve().parent.parent
ALL = 1_000_000
FIGURES = {
    "items_f1": "items exact F1", "all_exact": "all exact", "direction": "direction", "rescue_location": "rescue",
    "rescue_location_named": "rescue, named", "drop_off_location": "drop-off",
    "drop_off_location_named": "drop-off, named",
}  # fmt: skip


@dataclass(frozen=True)
class Message:
    """A text, what is accepted as its reading, and the one reading that an adapter is taught."""

    id: str
    text: str
    expected: Expected
    audit: Extraction


@dataclass(frozen=True)
class Study:
    """What is measured, and where the readings are kept."""

    messages: Sequence[Message]
    directory: Directory
    base: Path
    options: Options
    folds: int
    work: Path

    def name(self, *parts: object, taught: bool = True) -> str:
        """Names readings by everything that decides them; the bare base's do not depend on options and folds."""
        base = base_model_ref(self.base.name, self.base).sha256
        rows = [(m.id, m.text, m.audit.model_dump_json()) for m in self.messages]
        places = self.directory.model_dump_json()
        teaching = [asdict(self.options), self.folds] if taught else []
        decided = json.dumps([base, *teaching, rows, places, *map(str, parts)])
        return hashlib.sha256(decided.encode()).hexdigest()[:24]


def main() -> None:
    configure_logs("benchmark", "console")  # to the error output; the tables go to the other
    arguments = _arguments()
    study = _study(arguments)
    print(f"{len(study.messages)} messages, {study.folds} folds, seeds {_seeds(arguments)}, base {study.base.name}\n")
    figures = _compare(study, arguments.sizes, _seeds(arguments))
    print(_table(figures, len(study.messages) * (study.folds - 1) // study.folds))
    arguments.output.write_text(json.dumps({"options": asdict(study.options), "figures": figures}, indent=1) + "\n")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gold", type=Path, default=ROOT / "sample" / "labels.jsonl")
    parser.add_argument("--locations", type=Path, default=ROOT / "sample" / "directory.json")
    parser.add_argument("--base", type=Path, default=ROOT / "models" / "larder-tiny", help="a base model's folder")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--sizes", type=_sizes, default=[10, 50, ALL], help="training messages: 10,50,all")
    parser.add_argument("--quick", action="store_true", help="one seed, two folds")
    parser.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()) / "larder-learning")
    parser.add_argument("--output", type=Path, default=Path("learning.json"))
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="of the recipe: rate=0.004")
    arguments = parser.parse_args()
    if arguments.quick:
        arguments.seeds, arguments.folds = 1, 2
    return arguments


def _sizes(given: str) -> list[int]:
    return [ALL if size == "all" else int(size) for size in given.split(",")]


def _seeds(arguments: argparse.Namespace) -> list[int]:
    return list(range(1, arguments.seeds + 1))


def read_gold(gold: Path, locations: Path) -> tuple[list[Message], Directory]:
    """A labelled file's messages, and their group's places."""
    places = json.loads(locations.read_text())
    directory = Directory.from_mapping({name: place for name, place in places.items() if not name.startswith("_")})
    lines = [line for line in gold.read_text().splitlines() if line.strip()]
    return [message for line in lines if (message := _message(line, directory))], directory


def _study(arguments: argparse.Namespace) -> Study:
    messages, directory = read_gold(arguments.gold, arguments.locations)
    types = {field.name: type(field.default) for field in fields(Options)}
    changed = {name: types[name](value) for name, value in (given.split("=") for given in arguments.set)}
    arguments.work.mkdir(parents=True, exist_ok=True)
    return Study(messages, directory, arguments.base, Options(**changed), arguments.folds, arguments.work)


def _message(line: str, directory: Directory) -> Message | None:
    """A message with alternatives, or with one reading; None for a line that is no message."""
    row = json.loads(line)
    if "expect" in row:
        audit = settled(row["expect"], row["text"], directory)
        return Message(str(row["id"]), row["text"], row["expect"], audit)
    if "extraction" not in row:
        return None
    labelled = parse_labelled_line(line)
    audit = labelled.extraction
    items = [item.model_dump(include={"name", "quantity", "unit"}) for item in audit.items]
    expected = {"direction": audit.direction.value, "rescue_location": audit.rescue_location or "",
                "drop_off_location": audit.drop_off_location or "", "items": items}  # fmt: skip
    return Message(labelled.id, labelled.text, expected, audit)


def _compare(study: Study, sizes: Sequence[int], seeds: Sequence[int]) -> dict[str, list[dict[str, float]]]:
    """Figures by method, one set for each seed; the rules and the bare base have no seed."""
    texts = [message.text for message in study.messages]
    rules = [extract(text, study.directory, DEFAULT_TABLES) for text in texts]
    bare = _kept(study, study.name("base", taught=False), lambda: _read(study, None, texts))
    figures = {"rules": [_figures(study, rules)], "base": [_figures(study, bare)]}
    figures["base with rules"] = [_figures(study, _combined(study, rules, bare))]
    for size in sizes:
        named = "all" if size == ALL else str(size)
        read = [_cross_validated(study, size, seed) for seed in seeds]
        figures[f"adapter, {named} audits"] = [_figures(study, one) for one in read]
        figures[f"with rules, {named} audits"] = [_figures(study, _combined(study, rules, one)) for one in read]
    return figures


def _cross_validated(study: Study, size: int, seed: int) -> list[Extraction]:
    """Each message as read by an adapter that was trained on `size` messages of the other folds."""
    order = list(range(len(study.messages)))
    random.Random(seed).shuffle(order)
    read: dict[int, Extraction] = {}
    for fold in range(study.folds):
        tested = order[fold :: study.folds]
        taught = [at for at in order if at not in set(tested)][:size]
        name = study.name("adapter", size, seed, fold)
        texts = [study.messages[at].text for at in tested]
        found = _kept(study, name, lambda taught=taught, texts=texts: _learn_and_read(study, taught, texts, seed))
        read |= dict(zip(tested, found, strict=True))
    return [read[at] for at in range(len(order))]


def _learn_and_read(study: Study, taught: Sequence[int], texts: Sequence[str], seed: int) -> list[Extraction]:
    with tempfile.TemporaryDirectory(dir=study.work) as folder:
        _train(study, [study.messages[at] for at in taught], Path(folder), seed)
        return _read(study, Path(folder) / "adapter", texts)


def _train(study: Study, messages: Sequence[Message], folder: Path, seed: int) -> None:
    rows = [LabelledRow(id=m.id, text=m.text, extraction=m.audit).model_dump_json() for m in messages]
    (folder / "train.jsonl").write_text("\n".join(rows))
    (folder / "held_out.jsonl").write_text("")
    places = study.directory.model_dump(mode="json")["places"]
    (folder / "directory.json").write_text(json.dumps(places))
    started = time.monotonic()
    with contextlib.redirect_stdout((folder / "training.log").open("w")):
        options = Options(**{**asdict(study.options), "seed": seed})
        train_lora.train(folder, str(study.base), folder / "adapter", options)
    sys.stderr.write(f"seed {seed}: {len(messages)} messages taught in {time.monotonic() - started:.0f} s\n")


def _read(study: Study, adapter: Path | None, texts: Sequence[str]) -> list[Extraction]:
    reader = Reader.load(study.base, adapter)
    return reader.read(texts, Reference(directory=study.directory, tables=DEFAULT_TABLES))


def _kept(study: Study, name: str, read: Any) -> list[Extraction]:  # noqa: ANN401 -- a function without arguments
    path = study.work / f"{name}.json"
    if not path.exists():
        found = [extraction.model_dump(mode="json") for extraction in read()]
        path.with_suffix(".tmp").write_text(json.dumps(found))
        path.with_suffix(".tmp").replace(path)
    return [Extraction.model_validate(one) for one in json.loads(path.read_text())]


def _combined(study: Study, rules: Sequence[Extraction], read: Sequence[Extraction]) -> list[Extraction]:
    """Rules and model as one, each message by confidence that was fitted on other messages."""
    trios = zip(study.messages, rules, read, strict=True)
    pairs = [AuditedPair(message.audit, by_rules, by_model) for message, by_rules, by_model in trios]
    return [combined.extraction for combined in judge(pairs, study.directory).combined]


def _figures(study: Study, read: Sequence[Extraction]) -> dict[str, float]:
    return lenient_figures([message.expected for message in study.messages], read, study.directory)


def _table(figures: Mapping[str, Sequence[Mapping[str, float]]], everything: int) -> str:
    """Markdown; mean and, over several seeds, the standard deviation."""
    shown = [name for name in FIGURES if any(name in one for found in figures.values() for one in found)]
    heading = ["", *(FIGURES[name] for name in shown)]
    named = {method: method.replace("all audits", f"all ({everything}) audits") for method in figures}
    rows = [
        [named[method], *(_spread([one[name] for one in found]) for name in shown)] for method, found in figures.items()
    ]
    return "\n".join(_lines(heading, rows))


def _lines(heading: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(heading)} |"
    yield f"|{'---|' * len(heading)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"


def _spread(values: Sequence[float]) -> str:
    mean = statistics.mean(values)
    return f"{mean:.3f} ± {statistics.stdev(values):.3f}" if len(values) > 1 else f"{mean:.3f}"


if __name__ == "__main__":
    main()
