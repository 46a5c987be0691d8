"""What it is counted in: units and their spellings.

Invariant: `canonical_unit` gives a singular spelling that it maps to itself, or None. Which words of a line are its
unit is the extractors' work.
"""

from functools import lru_cache
from typing import Final

SPELLINGS: Final[dict[str, tuple[str, ...]]] = {
    "case": ("cases", "cs", "ca", "cass", "casese", "caes", "cae", "csae", "csaes", "vs", "cse", "cses"),
    "box": ("boxes", "bx", "bxs", "bxes", "boxs", "boxe", "bozes", "banana box", "banana boxes", "banana bx"),
    "bag": ("bags", "bgs", "bg", "baga", "shopping bag", "shopping bags", "grocery bag", "grocery bags"),
    "sack": ("sacks",),
    "bin": ("bins",),
    "tote": ("totes",),
    "lb": ("lbs", "pound", "pounds", "#", "lb's", "pds"),
    "kg": ("kgs", "kilo", "kilos", "kilogram", "kilograms"),
    "g": ("gram", "grams"),
    "oz": ("ounce", "ounces", "ozs"),
    "ton": ("tons", "tonne", "tonnes"),
    "pallet": (
        "pallets", "pallete", "palletes", "pallette", "pallettes", "pallett", "palletts", "palette", "palettes",
        "palet", "palets", "palate", "palates", "skid", "skids",
    ),
    "crate": ("crates", "crt", "crts"),
    "flat": ("flats",),
    "item": ("items",),
    "each": ("ea", "eaches", "unit", "units", "piece", "pieces", "pcs", "pc"),
    "dozen": ("dozens", "dz", "doz", "dzn"),
    "gallon": ("gallons", "gal", "gals", "gl", "gallon's"),
    "half gallon": ("half gallons", "half-gallon", "half-gallons", "1/2 gallon", "1/2 gallons", "1/2 gal", "1/2 gals"),
    "liter": ("liters", "litre", "litres", "ltr", "ltrs"),
    "quart": ("quarts", "qt", "qts"),
    "pint": ("pints", "pts"),
    "half pint": ("half pints", "half-pint", "half-pints"),
    "package": ("packages", "pkg", "pkgs", "pk", "pks", "packet", "packets"),
    "pack": ("packs",),
    "can": ("cans", "tin", "tins"),
    "loaf": ("loaves", "loafs", "loave"),
    "carton": ("cartons", "ctn", "ctns"),
    "tub": ("tubs",),
    "jar": ("jars",),
    "jug": ("jugs",),
    "bottle": ("bottles", "btl", "btls"),
    "bucket": ("buckets",),
    "pail": ("pails",),
    "barrel": ("barrels",),
    "drum": ("drums",),
    "bunch": ("bunches", "bnch"),
    "stalk": ("stalks",),
    "tube": ("tubes",),
    "bushel": ("bushels", "bu"),
    "basket": ("baskets",),
    "tray": ("trays",),
    "pan": ("pans",),
    "clamshell": ("clamshells", "clam shell", "clam shells"),
    "container": ("containers",),
    "cooler": ("coolers",),
    "cup": ("cups",),
    "bar": ("bars",),
    "head": ("heads",),
    "lug": ("lugs",),
    "rack": ("racks",),
    "stack": ("stacks",),
    "cart": ("carts", "shopping cart", "shopping carts"),
    "bundle": ("bundles",),
    "batch": ("batches",),
    "gaylord": ("gaylords",),
    "handful": ("handfuls",),
    "roll": ("rolls",),
    "sleeve": ("sleeves",),
    "set": ("sets",),
}  # fmt: skip
"""Canonical singular -> other spellings, lower case."""

AMBIGUOUS: Final = frozenset({"bar", "cup", "roll", "set", "pan", "head", "piece", "pieces", "rolls", "bars", "cups"})
"""Units that are more often a part of the name; the rules take them only right before `of`."""

_BY_SPELLING: Final = {
    spelling: canonical for canonical, others in reversed(SPELLINGS.items()) for spelling in (canonical, *others)
}


@lru_cache(maxsize=4096)
def canonical_unit(spelling: str) -> str | None:
    """The singular unit of a spelling (`cs` -> `case`, `Boxes` -> `box`); None when it is not known."""
    return _BY_SPELLING.get(" ".join(spelling.lower().split()).strip(".,:;"))


def singular(word: str) -> str:
    """Of a unit that only this group uses: `sleds` -> `sled`, `shelves` -> `shelf`."""
    if word.endswith("ves"):
        return word[:-3] + "f"
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


def spellings() -> tuple[str, ...]:
    """Every known spelling, lower case, longest first."""
    return tuple(sorted(_BY_SPELLING, key=lambda spelling: (-len(spelling), spelling)))
