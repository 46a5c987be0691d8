"""Reads the hand-written source of the sample and checks it: what it returns agrees with itself.

Every place of a label is a place of the group and is written in its message, every quantity, unit and name occurs in
the text, no text occurs twice, and no message can be grouped with another by accident. The grammar stands in README.md.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from contracts import Directory, Extraction, Item, LabelledRow, Section

SOURCE = Path(__file__).parent / "source"
SYSTEM_KINDS = frozenset({"join", "bot", "tombstone", "notext"})
TOGETHER, APART = timedelta(minutes=15), timedelta(minutes=45)
"""Parts of one record lie closer than the first, records of one author and channel further apart than the second."""

UNIT_SPELLINGS = {
    "bag": ("bags",),
    "blue": ("blues",),
    "bottle": ("bottles",),
    "box": ("boxes", "bx", "banana box", "banana boxes"),
    "bunch": ("bunches",),
    "can": ("cans",),
    "carton": ("cartons",),
    "case": ("cases", "cs"),
    "crate": ("crates",),
    "dozen": ("doz",),
    "flat": ("flats",),
    "gallon": ("gallons", "gal"),
    "hamper": ("hampers",),
    "jar": ("jars",),
    "lb": ("lbs", "pounds"),
    "loaf": ("loaves",),
    "pack": ("packs",),
    "pallet": ("pallets",),
    "sack": ("sacks",),
    "sled": ("sleds",),
    "tote": ("totes",),
    "tray": ("trays",),
    "tub": ("tubs",),
}
UNITS = {spelling: unit for unit, others in UNIT_SPELLINGS.items() for spelling in (unit, *others)}
NUMBER_WORDS = {
    "a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8,
    "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "half": 0.5, "half a": 0.5, "a couple": 2, "couple": 2,
    "a few": 3, "few": 3,
}  # fmt: skip


class SourceError(Exception):
    """The source is wrong; the message names the file's block and says what to correct."""


@dataclass(frozen=True)
class House:
    """Who and where: `house.json`."""

    utc_offset: timedelta
    channels: Mapping[str, Mapping[str, str]]
    volunteers: Mapping[str, Mapping[str, Any]]
    directory: Mapping[str, Mapping[str, list[str]]]
    nicknames: Mapping[str, str]
    """House names that the shipped directory does not know, and their places: only audits teach them."""

    def place(self, spelling: str) -> str:
        """The canonical name of a spelling. Raises KeyError for a place that the group does not have."""
        return self._spellings[spelling.lower()]

    def spellings(self, canonical: str) -> list[str]:
        return [spelling for spelling, name in self._spellings.items() if name == canonical]

    @property
    def _spellings(self) -> dict[str, str]:
        known = {alias: name for name, place in self.directory.items() for alias in (name, *place["aliases"])}
        return {spelling.lower(): name for spelling, name in {**known, **self.nicknames}.items()}


@dataclass(frozen=True)
class Post:
    """One Slack message of the source; `text` mentions people as `<@Noor>` and channels as `<#distro>`."""

    at: datetime
    channel: str
    author: str
    text: str
    options: Mapping[str, str]

    @property
    def ts(self) -> str:
        """Slack's name of the message: seconds and six digits."""
        return f"{self.at.timestamp():.0f}.{self.at.minute:02d}{self.at.hour:02d}19"


@dataclass(frozen=True)
class Block:
    """One record of the source: its posts, and its label's lines (empty for what no auditor reads)."""

    posts: tuple[Post, ...]
    label: tuple[str, ...] = field(default=())

    def __str__(self) -> str:
        first = self.posts[0]
        return f"{first.at:%Y-%m-%d %H:%M} {first.author}"


def read_house() -> House:
    raw = json.loads((SOURCE / "house.json").read_text())
    return House(
        utc_offset=timedelta(hours=raw["utc_offset_hours"]),
        **{key: raw[key] for key in ("channels", "volunteers", "directory", "nicknames")},
    )


def read_blocks(house: House) -> list[Block]:
    """All blocks in order of time. Raises SourceError."""
    text = "\n".join(path.read_text().strip() for path in sorted(SOURCE.glob("*.txt")))
    blocks = sorted(_parse(text, house), key=lambda block: block.posts[0].at)
    _check_grouping(blocks)
    return blocks


def label(block: Block, house: House) -> LabelledRow:
    """The audited record of a block, as intake names and writes it. Raises SourceError."""
    text = "\n".join(rendered(post, house) for post in block.posts)
    try:
        extraction = _extraction(block.label, text, house)
    except (KeyError, ValueError) as error:
        raise SourceError(f"{block}: {error}") from error
    first = block.posts[0]
    return LabelledRow(id=f"{house.channels[first.channel]['id']}-{first.ts}", text=text, extraction=extraction)


def rendered(post: Post, house: House) -> str:
    """A post's text as an auditor reads it: names instead of ids, labels instead of links."""
    text = re.sub(r"<@(\w+)>", lambda m: f"@{house.volunteers[m[1]]['display_name']}", post.text)
    return re.sub(r"<#(\w+)>", r"#\1", re.sub(r"<https?:[^|>]+\|([^>]+)>", r"\1", text)).replace(
        "<!channel>", "@channel"
    )


def _parse(text: str, house: House) -> Iterator[Block]:
    zone = timezone(house.utc_offset)
    for day in re.split(r"^# ", text, flags=re.M)[1:]:
        date, _, rest = day.partition("\n")
        for chunk in re.split(r"^>>> ", rest, flags=re.M)[1:]:
            yield _block(chunk, datetime.strptime(date.split()[0], "%Y-%m-%d").replace(tzinfo=zone), house)


def _block(chunk: str, day: datetime, house: House) -> Block:
    head, _, rest = chunk.partition("\n")
    clock, channel, author, *options = head.split()
    body, _, label_text = rest.partition("\n---\n")
    first, *more = re.split(r"^\+\+\+ (\S+)\n", body, flags=re.M)
    parts = [(clock, first), *zip(more[::2], more[1::2], strict=True)]
    flags = {key: value for key, _, value in (option.partition("=") for option in options)}
    if channel not in house.channels or author not in house.volunteers:
        raise SourceError(f"{head}: no such channel or volunteer")
    posts = [Post(_moment(day, at), channel, author, part.strip("\n"), flags) for at, part in parts]
    return Block(tuple(posts), tuple(line for line in label_text.splitlines() if line.strip()))


def _moment(day: datetime, clock: str) -> datetime:
    hours, minutes = clock.split(":")
    return day + timedelta(hours=int(hours), minutes=int(minutes))


def _extraction(lines: tuple[str, ...], text: str, house: House) -> Extraction:
    direction, rescue, drop_off = lines[0].split("|")
    sections: list[tuple[str | None, list[Item]]] = []
    for line in lines[1:]:
        if line.startswith("@"):
            sections.append((_place(line[1:], text, house), []))
            continue
        if not sections:
            sections.append((None, []))
        sections[-1][1].append(_item(line, text))
    return Extraction.model_validate(
        {
            "direction": direction,
            "rescue_location": _place(rescue, text, house),
            "drop_off_location": _place(drop_off, text, house),
            "sections": [Section(location=location, items=tuple(items)) for location, items in sections],
        }
    )


def _place(spelling: str, text: str, house: House) -> str | None:
    if not spelling:
        return None
    if spelling == "*":
        return Directory.from_mapping(house.directory).home
    name = house.place(spelling)
    if not any(occurs(written, text) for written in house.spellings(name)):
        raise ValueError(f"the place {name!r} is not written in the message")
    return name


def _item(line: str, text: str) -> Item:
    quantity, spelling, name = line.split("|")
    unit = UNITS[spelling.lower()] if spelling else None
    spellings = (unit, *UNIT_SPELLINGS[unit]) if unit else ("",)
    if not any(occurs(written, text) for written in spellings):
        raise ValueError(f"{line!r}: the unit is not written in the message")
    if not occurs(quantity.partition("=")[0], text):
        raise ValueError(f"{line!r}: the quantity is not written in the message")
    if not occurs(name, text) or name != name.lower():
        raise ValueError(f"{line!r}: the name is not written in the message, or not in lower case here")
    return Item(name=name, quantity=written_quantity(quantity), unit=unit)


def written_quantity(written: str) -> float | None:
    """`3`, `1/2`, `1 1/2`, `two`, `20-30` (its lower end); `=1` is not written, `dozen=12` is written otherwise."""
    value = (written.partition("=")[2] or written).lower().lstrip("~")
    if not value:
        return None
    if value in NUMBER_WORDS:
        return float(NUMBER_WORDS[value])
    lower = re.split(r"(?<=\d)-(?=\d)", value)[0]
    return sum(_fraction(part) for part in lower.replace("½", " 1/2").split())


def _fraction(part: str) -> float:
    over, _, under = part.partition("/")
    return float(over) / float(under or 1)


def occurs(part: str, text: str) -> bool:
    """Whether a part stands in the text as a whole word or number (`x4` holds a 4); nothing at all always does."""
    neighbour = r"[\d/.]" if part[:1].isdigit() else r"[^\W\d_]"
    return re.search(rf"(?<!{neighbour}){re.escape(part)}(?![^\W\d_]|\d)", text, flags=re.I) is not None


def _check_grouping(blocks: list[Block]) -> None:
    posts = [(post, block) for block in blocks for post in block.posts]
    last: dict[tuple[str, str], tuple[Post, Block]] = {}
    for post, block in posts:
        previous = last.get((post.channel, post.author))
        gap = post.at - previous[0].at if previous else APART
        if previous and previous[1] is block:
            between = any(
                p.channel == post.channel and previous[0].at <= p.at <= post.at for p, b in posts if b is not block
            )
            if gap > TOGETHER or between:
                raise SourceError(f"{block}: its messages would not be grouped")
        elif gap < APART:
            raise SourceError(f"{block}: posted only {gap} after the author's last message there")
        last[post.channel, post.author] = (post, block)
