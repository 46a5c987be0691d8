"""How well and how fast messages are read by rules: `python benchmarks/rules.py [--gold FILE --locations FILE]`.

Prints the figures on the invented messages beside this file (`messages/developed.jsonl`, which the grammar may be
developed on; `blind`, `boathouse` and `annex`, of which only the figures are looked at) and on a labelled file of your
own, each with its directory and with an empty one; messages per second on one core; and how time grows with hostile
texts up to 1 MB. Exits with 1 when a hostile text takes more than three times as long at twice the length.
"""

import argparse
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

sys.path.append(sys.path.pop(0))  # this folder last: its reading.py would hide the package `reading`

from contracts import Directory, Extraction
from expectations import lenient_figures
from reading.derive import DEFAULT_TABLES
from reading.labelled import parse_labelled_line
from reading.score import score
from regex_extractor import extract

MESSAGES = Path(__file__).resolve().parent / "messages"
LONGEST = 1_000_000
WORST_GROWTH = 3.0
HOSTILE = {
    "nested bullets": "- • - * ",
    "digits": "9",
    "one unbroken word": "a",
    "opening parentheses": "(",
    "numbers with commas": "1,",
    "articles": "a ",
    "units without names": "3 cases ",
    "conjunctions": "and ",
    "places that nearly match": "from the ",
    "markup that never closes": "<@:&amp",
    "plain items": "3 cases pears\n",
    "items in one line": "3 cases pears, ",
    "spaces": " ",
    "fractions": "1/",
    "verbs": "took to ",
    "units that share a name": "1 box & ",
}


def main() -> None:
    arguments = _arguments()
    sets = {name: (MESSAGES / f"{name}.jsonl", MESSAGES / "directory.json") for name in ("developed", "blind")}
    for name in ("boathouse", "annex"):
        sets[name] = (MESSAGES / f"{name}.jsonl", MESSAGES / f"{name}.directory.json")
    if arguments.gold:
        sets[arguments.gold.name] = (arguments.gold, arguments.locations)
    for name, (gold, locations) in sets.items():
        rows, directory = read_rows(gold), Directory.from_mapping(json.loads(locations.read_text()))
        _print_table(f"{name}: {len(rows)} messages, with the directory and with an empty one", _both(rows, directory))
    _print_table("Speed, one core", _speed([row["text"] for row in rows], directory, arguments.seconds))
    growth = _growth(directory)
    _print_table(
        "Hostile texts, seconds for 0.5 MB and 1 MB", {name: f"{a:.2f}  {b:.2f}" for name, (a, b) in growth.items()}
    )
    slow = [name for name, (half, full) in growth.items() if full > WORST_GROWTH * max(half, 0.05)]
    sys.exit(f"Not linear: {', '.join(slow)}." if slow else 0)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gold", type=Path, help="labelled messages, one JSON object a line")
    parser.add_argument("--locations", type=Path, default=MESSAGES / "directory.json")
    parser.add_argument("--seconds", type=float, default=5.0, help="how long the speed is measured")
    return parser.parse_args()


def read_rows(path: Path) -> list[dict[str, Any]]:
    """The labelled messages of a file."""
    return [json.loads(line) for line in path.read_text().splitlines() if line.strip()]


def _both(rows: Sequence[dict[str, Any]], directory: Directory) -> dict[str, str]:
    named, unnamed = figures(rows, directory, directory), figures(rows, Directory(), directory)
    return {name: f"{value:.3f}  {unnamed[name]:.3f}" for name, value in named.items()}


def figures(rows: Sequence[dict[str, Any]], known: Directory, judged_by: Directory) -> dict[str, float]:
    """The figures of reading `rows` with the places in `known`; `judged_by` says which spellings are one place."""
    read = [extract(row["text"], known, DEFAULT_TABLES) for row in rows]
    if all("expect" in row for row in rows):
        return lenient_figures([row["expect"] for row in rows], read, judged_by)
    gold = [parse_labelled_line(json.dumps(row)).extraction for row in rows]
    return _flat(score(gold, read, judged_by).to_dict())


def _flat(scores: dict[str, Any], before: str = "") -> dict[str, float]:
    flat: dict[str, float] = {}
    for name, value in scores.items():
        flat |= _flat(value, f"{before}{name}.") if isinstance(value, dict) else {f"{before}{name}": value}
    return flat


def _speed(texts: Sequence[str], directory: Directory, seconds: float) -> dict[str, str]:
    """The best of many passes, in processor time: what one core does when nothing else runs on it."""
    best, ends = float("inf"), time.monotonic() + seconds
    while time.monotonic() < ends:
        started = time.process_time()
        for text in texts:
            extract(text, directory, DEFAULT_TABLES)
        best = min(best, time.process_time() - started)
    characters = sum(map(len, texts)) / len(texts)
    return {"messages/s": f"{len(texts) / best:,.0f}", "characters a message": f"{characters:.0f}"}


def _growth(directory: Directory) -> dict[str, tuple[float, float]]:
    return {
        name: (_seconds(text, LONGEST // 2, directory), _seconds(text, LONGEST, directory))
        for name, text in HOSTILE.items()
    }


def _seconds(text: str, length: int, directory: Directory) -> float:
    hostile = (text * (length // len(text) + 1))[:length]
    started = time.process_time()
    read: Extraction = extract(hostile, directory, DEFAULT_TABLES)
    assert all(item.quantity is None or item.quantity >= 0 for item in read.items)
    return time.process_time() - started


def _print_table(title: str, rows: dict[str, str]) -> None:
    width = max(map(len, rows))
    print(f"\n{title}\n" + "\n".join(f"  {name:<{width}}  {value}" for name, value in rows.items()))


if __name__ == "__main__":
    main()
