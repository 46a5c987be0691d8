/** Edits that change which rows there are: split one, merge two, move one up or down, add several lines at once. */
import { type Draft, type DraftItem, type DraftSection, newItem } from "./draft";
import { type Line } from "./lines";
import { parseQuantity, spellQuantity } from "./quantity";

export type ArrangeEdit =
  | { type: "split-item"; item: string }
  | { type: "merge-item"; item: string }
  | { type: "shift-item"; item: string; by: -1 | 1 }
  | { type: "add-lines"; section: string | null; lines: readonly Line[]; instead?: string };

const BETWEEN = /\s*(?:,|;|&|\+|\/|\band\b)\s*/i;

export function arrange(draft: Draft, change: ArrangeEdit): Draft {
  switch (change.type) {
    case "split-item":
      return split(draft, change.item);
    case "merge-item":
      return eachItems(draft, (items) => mergeInto(items, change.item));
    case "shift-item":
      return eachItems(draft, (items) => shift(items, change.item, change.by));
    case "add-lines":
      return addLines(draft, change.section, change.lines, change.instead);
  }
}

/** "apples and pears" becomes two rows; the first keeps the quantity. A name of one food gets an empty row to fill. */
function split(draft: Draft, id: string): Draft {
  const item = draft.sections.flatMap((s) => s.items).find((one) => one.id === id);
  if (!item) return draft;
  const [first = "", ...rest] = item.name.split(BETWEEN).filter(Boolean);
  const names = rest.length > 0 ? rest : [""];
  const others = names.map((name, n) => ({ ...newItem(`i${draft.next + n}`, null), name, unit: item.unit }));
  const kept = rest.length > 0 ? { ...item, name: first } : item;
  const sections = draft.sections.map((s) => ({ ...s, items: s.items.flatMap((one) => (one.id === id ? [kept, ...others] : [one])) }));
  return { ...draft, sections, next: draft.next + others.length };
}

/** The row joins the one above it: the same food adds up, another one is named along. */
function mergeInto(items: DraftItem[], id: string): DraftItem[] {
  const at = items.findIndex((item) => item.id === id);
  const [above, item] = [items[at - 1], items[at]];
  if (!above || !item) return items;
  const isSame = above.name.trim().toLowerCase() === item.name.trim().toLowerCase();
  const name = isSame ? above.name : [above.name, item.name].filter((part) => part.trim()).join(" and ");
  const quantities = [parseQuantity(above.quantity), parseQuantity(item.quantity)];
  const sum = quantities.every((q) => q === null || q === undefined) ? null : quantities.reduce<number>((total, q) => total + (q ?? 0), 0);
  const unit = above.unit || item.unit;
  const merged = { ...above, name, unit, quantity: spellQuantity(sum), evidence: { ...item.evidence, ...above.evidence }, pair: above.pair };
  return items.flatMap((one) => (one.id === above.id ? [merged] : one.id === id ? [] : [one]));
}

function shift(items: DraftItem[], id: string, by: number): DraftItem[] {
  const from = items.findIndex((item) => item.id === id);
  const moved = items[from];
  const to = from + by;
  if (!moved || to < 0 || to >= items.length) return items;
  const others = items.filter((item) => item !== moved);
  return [...others.slice(0, to), moved, ...others.slice(to)];
}

function addLines(draft: Draft, section: string | null, lines: readonly Line[], instead?: string): Draft {
  const added = lines.map((line, n): DraftItem => ({ ...newItem(`i${draft.next + n}`, null), ...line }));
  const next = draft.next + added.length;
  const owner = draft.sections.find((s) => s.items.some(({ id }) => id === instead)) ?? draft.sections.find(({ id }) => id === section);
  const target = owner ?? draft.sections.at(-1);
  if (!target) return { ...draft, sections: [{ id: `s${next}`, location: "", evidence: null, items: added }], next: next + 1 };
  const place = (s: DraftSection) => {
    const at = s.items.findIndex(({ id }) => id === instead);
    return at < 0 ? [...s.items, ...added] : [...s.items.slice(0, at), ...added, ...s.items.slice(at + 1)];
  };
  return { ...draft, sections: draft.sections.map((s) => (s === target ? { ...s, items: place(s) } : s)), next };
}

function eachItems(draft: Draft, change: (items: DraftItem[]) => DraftItem[]): Draft {
  return { ...draft, sections: draft.sections.map((section) => ({ ...section, items: change(section.items) })) };
}
