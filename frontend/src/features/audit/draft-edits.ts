/** Every edit of a draft, as one pure reducer. */
import type { Direction, Item } from "@/client/types";
import {
  type Draft,
  type DraftItem,
  type DraftSection,
  type EditableItemField,
  type ItemField,
  newItem,
  type PlaceField,
} from "./draft";
import { arrange, type ArrangeEdit } from "./arrange";
import { spellQuantity } from "./quantity";

export type Edit =
  | { type: "direction"; value: Direction }
  | { type: "place"; field: PlaceField; value: string }
  | { type: "section-location"; section: string; value: string }
  | { type: "add-section" }
  | { type: "delete-section"; section: string }
  | { type: "add-item"; section: string | null }
  | { type: "item"; item: string; field: EditableItemField; value: string }
  | { type: "delete-item"; item: string }
  | { type: "move-item"; item: string; section: string | null }
  | ArrangeEdit
  | { type: "replace"; draft: Draft }
  | { type: "take-field"; pair: number; item: Item; field: ItemField; location: string | null }
  | { type: "take-item"; pair: number; item: Item | null; location: string | null }
  | { type: "take-location"; pair: number; location: string | null };

export function edit(draft: Draft, change: Edit): Draft {
  switch (change.type) {
    case "direction":
      return { ...draft, direction: change.value, evidence: without(draft.evidence, "direction") };
    case "place":
      return { ...draft, [change.field]: change.value, evidence: without(draft.evidence, change.field) };
    case "section-location":
      return eachSection(draft, (s) => (s.id === change.section ? { ...s, location: change.value, evidence: null } : s));
    case "add-section":
      return addItem(addSection(draft, ""), null);
    case "delete-section":
      return { ...draft, sections: draft.sections.filter((s) => s.id !== change.section) };
    case "add-item":
      return addItem(draft, change.section);
    case "item":
      return eachItem(draft, (item) => (item.id === change.item ? editItem(item, change.field, change.value) : item));
    case "delete-item":
      return deleteItem(draft, change.item);
    case "move-item":
      return moveItem(draft, change.item, change.section);
    case "split-item":
    case "merge-item":
    case "shift-item":
    case "add-lines":
      return arrange(draft, change);
    case "replace":
      return change.draft;
    default:
      return take(draft, change);
  }
}

type Take = Extract<Edit, { type: `take-${string}` }>;

/** Takes one side of a comparison into the draft. */
function take(draft: Draft, change: Take): Draft {
  const present = findPair(draft, change.pair);
  if (change.type === "take-location") return present ? moveToLocation(draft, present, change.location) : draft;
  if (change.item === null) return present ? deleteItem(draft, present.id) : draft;
  if (!present) return insertPair(draft, change.pair, change.item, change.location);
  const taking = change.item;
  const fields = change.type === "take-item" ? (["name", "quantity", "unit"] as const) : [change.field];
  const taken = eachItem(draft, (item) => (item.id === present.id ? withFields(item, taking, fields) : item));
  return change.type === "take-item" ? moveToLocation(taken, present, change.location) : taken;
}

function withFields(item: DraftItem, from: Pick<Item, ItemField>, fields: readonly ItemField[]): DraftItem {
  return fields.reduce((current, field) => editItem(current, field, spellField(from, field)), item);
}

export function spellField(item: Pick<Item, ItemField>, field: ItemField): string {
  return field === "quantity" ? spellQuantity(item.quantity) : (item[field] ?? "");
}

export function findPair(draft: Draft, pair: number): DraftItem | undefined {
  return draft.sections.flatMap((s) => s.items).find((item) => item.pair === pair);
}

function insertPair(draft: Draft, pair: number, item: Item, location: string | null): Draft {
  const home = draft.sections.find((s) => s.location === (location ?? ""));
  const ready = home ? draft : addSection(draft, location ?? "");
  const target = home ?? ready.sections.at(-1);
  const added = newItem(`i${ready.next}`, item, {}, pair);
  const sections = ready.sections.map((s) => (s.id === target?.id ? { ...s, items: [...s.items, added] } : s));
  return { ...ready, sections, next: ready.next + 1 };
}

function moveToLocation(draft: Draft, item: DraftItem, location: string | null): Draft {
  const present = draft.sections.find((s) => s.items.some(({ id }) => id === item.id));
  if (present?.location === (location ?? "")) return draft;
  const home = draft.sections.find((s) => s.location === (location ?? ""));
  if (home) return moveItem(draft, item.id, home.id);
  const ready = addSection(draft, location ?? "");
  return moveItem(ready, item.id, ready.sections.at(-1)?.id ?? null);
}

function addSection(draft: Draft, location: string): Draft {
  const section: DraftSection = { id: `s${draft.next}`, location, evidence: null, items: [] };
  return { ...draft, sections: [...draft.sections, section], next: draft.next + 1 };
}

/** Adds an empty item to a section; null means the last one, which is made when there is none. */
function addItem(draft: Draft, section: string | null): Draft {
  const ready = draft.sections.length ? draft : addSection(draft, "");
  const target = section ?? ready.sections.at(-1)?.id;
  const added = newItem(`i${ready.next}`, null);
  const sections = ready.sections.map((s) => (s.id === target ? { ...s, items: [...s.items, added] } : s));
  return { ...ready, sections, next: ready.next + 1 };
}

function editItem(item: DraftItem, field: EditableItemField, value: string): DraftItem {
  if (item[field] === value) return item;
  return { ...item, [field]: value, evidence: field === "pounds" ? item.evidence : without(item.evidence, field) };
}

/** A section that loses its last item goes with it. */
function deleteItem(draft: Draft, id: string): Draft {
  const kept = draft.sections.map((s) => ({ ...s, items: s.items.filter((item) => item.id !== id) }));
  const emptied = new Set(draft.sections.filter((s, i) => s.items.length > 0 && kept[i]?.items.length === 0).map((s) => s.id));
  return { ...draft, sections: kept.filter((s) => !emptied.has(s.id)) };
}

function moveItem(draft: Draft, id: string, section: string | null): Draft {
  const moved = draft.sections.flatMap((s) => s.items).find((item) => item.id === id);
  if (!moved) return draft;
  const ready = section === null ? addSection(draft, "") : draft;
  const target = section ?? ready.sections.at(-1)?.id;
  const sections = ready.sections
    .map((s) => {
      const others = s.items.filter((item) => item.id !== id);
      return { ...s, items: s.id === target ? [...others, moved] : others };
    })
    .filter((s) => s.items.length > 0 || s.id === target);
  return { ...ready, sections };
}

function eachSection(draft: Draft, change: (section: DraftSection) => DraftSection): Draft {
  return { ...draft, sections: draft.sections.map(change) };
}

function eachItem(draft: Draft, change: (item: DraftItem) => DraftItem): Draft {
  return eachSection(draft, (section) => ({ ...section, items: section.items.map(change) }));
}

function without<T extends object>(from: T, key: keyof T): T {
  const rest = { ...from };
  // eslint-disable-next-line @typescript-eslint/no-dynamic-delete
  delete rest[key];
  return rest;
}
