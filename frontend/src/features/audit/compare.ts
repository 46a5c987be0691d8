/** Two readings side by side: which items are the same thing, which fields differ, which side the draft took. */
import type { Extraction, Item } from "@/client/types";
import type { Draft, ItemField, PairOf, PlaceField } from "./draft";
import { type Edit, findPair, spellField } from "./draft-edits";

export type Side = "left" | "right";

/** How finely a comparison is shown. */
export type Detail = "item" | "field";

export interface Part {
  text: string;
  differs: boolean;
}

interface Located {
  item: Item;
  location: string | null;
}

export interface Pair {
  number: number;
  left: Located | null;
  right: Located | null;
}

export interface Row {
  id: string;
  label: string;
  left: string;
  right: string;
  differs: boolean;
  /** Where an item differs in several fields: the item as one choice, or one of its fields. */
  level?: Detail;
  /** The sides in pieces, with those marked that differ. */
  parts?: Record<Side, Part[]>;
  edit: (side: Side) => Edit;
  taken: (draft: Draft) => Side | null;
}

export interface Comparison {
  rows: Row[];
  pairs: Pair[];
  /** To which pair an item belongs, of an extraction whose items each come from one of the two. */
  pairsIn: (extraction: Extraction) => PairOf;
}

const NOTHING = "not read";
const NO_PLACE = "no place";
export const DIRECTIONS = { inbound: "Inbound", outbound: "Outbound", both: "Both", unknown: "Unknown" } as const;

export function compare(left: Extraction, right: Extraction): Comparison {
  const pairs = pairUp(located(left), located(right));
  return {
    rows: [...fieldRows(left, right), ...pairs.flatMap(pairRows)],
    pairs,
    pairsIn: (extraction) => pairFinder(extraction, pairs),
  };
}

function located(extraction: Extraction): Located[] {
  return extraction.sections.flatMap((section) =>
    section.items.map((item) => ({ item, location: section.location ?? null })),
  );
}

/** Same name first, then names that share a word; each item is used once. */
function pairUp(left: Located[], right: Located[]): Pair[] {
  const free = new Set(right);
  const matches = new Map<Located, Located>();
  for (const alike of [sameName, sharesWord]) {
    for (const one of left) {
      if (matches.has(one)) continue;
      const other = [...free].find((candidate) => alike(one.item, candidate.item));
      if (!other) continue;
      matches.set(one, other);
      free.delete(other);
    }
  }
  const paired = left.map((one) => ({ left: one, right: matches.get(one) ?? null }));
  const extra = [...free].map((other) => ({ left: null, right: other }));
  return [...paired, ...extra].map((pair, number) => ({ ...pair, number }));
}

const words = (item: Item) => item.name.toLowerCase().split(/[^\p{L}\p{N}]+/u).filter(Boolean);
const sameName = (a: Item, b: Item) => words(a).join(" ") === words(b).join(" ");
const sharesWord = (a: Item, b: Item) => words(a).some((word) => word.length > 2 && words(b).includes(word));

function pairFinder(extraction: Extraction, pairs: Pair[]): PairOf {
  const free = new Set(pairs);
  const numberOf = (item: Item) => {
    const pair = [...free].find(({ left, right }) => [left, right].some((one) => one && describe(one.item) === describe(item)));
    if (pair) free.delete(pair);
    return pair?.number ?? null;
  };
  const numbers = extraction.sections.map((section) => section.items.map(numberOf));
  return (s, i) => numbers[s]?.[i] ?? null;
}

function fieldRows(left: Extraction, right: Extraction): Row[] {
  const directions = { left: left.direction, right: right.direction } as const;
  const direction: Row = {
    id: "direction",
    label: "Direction",
    left: DIRECTIONS[directions.left],
    right: DIRECTIONS[directions.right],
    differs: directions.left !== directions.right,
    edit: (side) => ({ type: "direction", value: directions[side] }),
    taken: (draft) => sideOf(draft.direction, directions),
  };
  return [
    direction,
    placeRow("rescue_location", "Rescue location", left, right),
    placeRow("drop_off_location", "Drop-off", left, right),
  ];
}

function placeRow(field: PlaceField, label: string, left: Extraction, right: Extraction): Row {
  const values = { left: left[field] ?? "", right: right[field] ?? "" };
  return {
    id: field,
    label,
    left: values.left || NOTHING,
    right: values.right || NOTHING,
    differs: values.left !== values.right,
    edit: (side) => ({ type: "place", field, value: values[side] }),
    taken: (draft) => sideOf(draft[field], values),
  };
}

function sideOf<T>(value: T, values: Record<Side, T>): Side | null {
  if (values.left === values.right) return null;
  if (value === values.left) return "left";
  return value === values.right ? "right" : null;
}

function pairRows(pair: Pair): Row[] {
  const { left, right, number } = pair;
  if (!left || !right) return [presenceRow(pair)];
  const fields = ITEM_FIELDS.map((field) => itemRow(number, field, left, right));
  const finer = [...fields, locationRow(number, left, right)];
  const isOne = finer.filter((row) => row.differs).length < 2;
  return isOne ? finer : [wholeRow(number, left, right, finer), ...finer.map((row) => ({ ...row, level: "field" as const }))];
}

const ITEM_FIELDS = ["quantity", "unit", "name"] as const;

export function describe(item: Item): string {
  return ITEM_FIELDS.map((field) => spellField(item, field)).filter(Boolean).join(" ");
}

function presenceRow({ number, left, right }: Pair): Row {
  const sides = { left, right };
  const known = left ?? right;
  return {
    id: `item.${number}`,
    label: known?.item.name ?? "",
    left: left ? describe(left.item) : NOTHING,
    right: right ? describe(right.item) : NOTHING,
    differs: true,
    edit: (side) => ({
      type: "take-item",
      pair: number,
      item: sides[side]?.item ?? null,
      location: known?.location ?? null,
    }),
    taken: (draft) => (Boolean(findPair(draft, number)) === Boolean(left) ? "left" : "right"),
  };
}

/** The item as one choice, where more than one of its fields differs. */
function wholeRow(number: number, left: Located, right: Located, finer: readonly Row[]): Row {
  const sides = { left, right };
  const isMoved = left.location !== right.location;
  const spell = ({ item, location }: Located) => describe(item) + (isMoved ? `, ${location ?? NO_PLACE}` : "");
  const differing = finer.filter((row) => row.differs);
  return {
    id: `item.${number}`,
    label: left.item.name,
    left: spell(left),
    right: spell(right),
    differs: true,
    level: "item",
    parts: { left: partsOf(left, right, isMoved), right: partsOf(right, left, isMoved) },
    edit: (side) => ({ type: "take-item", pair: number, ...sides[side] }),
    taken: (draft) => {
      const taken = new Set(differing.map((row) => row.taken(draft)));
      return taken.size === 1 ? ([...taken][0] ?? null) : null;
    },
  };
}

function partsOf(one: Located, other: Located, isMoved: boolean): Part[] {
  const parts = ITEM_FIELDS.map((field) => {
    const text = spellField(one.item, field);
    return { text, differs: text !== spellField(other.item, field) };
  });
  const place = isMoved ? [{ text: one.location ?? NO_PLACE, differs: true }] : [];
  return [...parts, ...place].filter(({ text }) => text);
}

function itemRow(number: number, field: ItemField, left: Located, right: Located): Row {
  const values = { left: spellField(left.item, field), right: spellField(right.item, field) };
  const sides = { left, right };
  return {
    id: `item.${number}.${field}`,
    label: `${left.item.name}: ${field}`,
    left: values.left || "none",
    right: values.right || "none",
    differs: values.left !== values.right,
    edit: (side) => ({ type: "take-field", pair: number, field, item: sides[side].item, location: sides[side].location }),
    taken: (draft) => {
      const found = findPair(draft, number);
      return found ? sideOf(found[field], values) : null;
    },
  };
}

function locationRow(number: number, left: Located, right: Located): Row {
  const values = { left: left.location ?? "", right: right.location ?? "" };
  return {
    id: `item.${number}.location`,
    label: `${left.item.name}: section`,
    left: values.left || NO_PLACE,
    right: values.right || NO_PLACE,
    differs: values.left !== values.right,
    edit: (side) => ({ type: "take-location", pair: number, location: values[side] || null }),
    taken: (draft) => {
      const section = draft.sections.find((s) => s.items.some((item) => item.pair === number));
      return section ? sideOf(section.location, values) : null;
    },
  };
}
