/**
 * A reading while a person edits it.
 *
 * Invariant: `toExtraction(toDraft(x))` says the same as `x`. Values carry their own evidence, so that adding, moving
 * and deleting items never shifts a highlight; an edited value loses its evidence. Pounds are the server's to derive:
 * the draft keeps only what the message or the auditor states, and shows a scaled estimate in the meantime.
 */
import type { Direction, Extraction, Item, Section, Span } from "@/client/types";
import { parseQuantity, spellQuantity } from "./quantity";

export interface DraftItem {
  id: string;
  name: string;
  quantity: string;
  unit: string;
  /** Pounds as typed by the auditor; empty when they follow from the message or the tables. */
  pounds: string;
  /** The item as it was read; null for an added one. */
  read: Item | null;
  evidence: Partial<Record<ItemField, Span>>;
  /** The item's number in a comparison of two readings. */
  pair: number | null;
}

export type ItemField = "name" | "quantity" | "unit";
export type EditableItemField = ItemField | "pounds";
export type PlaceField = "rescue_location" | "drop_off_location";

export interface DraftSection {
  id: string;
  location: string;
  evidence: Span | null;
  items: DraftItem[];
}

export interface Draft {
  direction: Direction;
  rescue_location: string;
  drop_off_location: string;
  evidence: Partial<Record<PlaceField | "direction", Span>>;
  sections: DraftSection[];
  /** The next number for ids. */
  next: number;
}

export type PairOf = (section: number, item: number) => number | null;

export function toDraft(extraction: Extraction, pairOf: PairOf = () => null): Draft {
  const evidence = extraction.evidence ?? {};
  let next = 0;
  const item = (read: Item, s: number, i: number): DraftItem =>
    newItem(`i${next++}`, read, itemEvidence(evidence, `sections.${s}.items.${i}`), pairOf(s, i));
  const sections = extraction.sections.map((section, s) => ({
    id: `s${next++}`,
    location: section.location ?? "",
    evidence: evidence[`sections.${s}.location`] ?? null,
    items: section.items.map((read, i) => item(read, s, i)),
  }));
  return {
    direction: extraction.direction,
    rescue_location: extraction.rescue_location ?? "",
    drop_off_location: extraction.drop_off_location ?? "",
    evidence: pick(evidence, ["direction", "rescue_location", "drop_off_location"]),
    sections,
    next,
  };
}

/** An item as read, ready to be edited. */
export function newItem(id: string, read: Item | null, evidence: DraftItem["evidence"] = {}, pair: number | null = null): DraftItem {
  return {
    id,
    name: read?.name ?? "",
    quantity: spellQuantity(read?.quantity),
    unit: read?.unit ?? "",
    pounds: "",
    read,
    evidence,
    pair,
  };
}

function itemEvidence(evidence: Record<string, Span>, path: string): DraftItem["evidence"] {
  const found: DraftItem["evidence"] = {};
  for (const field of ["name", "quantity", "unit"] as const) {
    const span = evidence[`${path}.${field}`];
    if (span) found[field] = span;
  }
  return found;
}

function pick<K extends string>(from: Record<string, Span>, keys: readonly K[]): Partial<Record<K, Span>> {
  const found: Partial<Record<K, Span>> = {};
  for (const key of keys) if (from[key]) found[key] = from[key];
  return found;
}

/** What the draft says, as the API takes it. Items and sections that say nothing are left out. */
export function toExtraction(draft: Draft): Extraction {
  const evidence: Record<string, Span> = { ...draft.evidence };
  const sections: Section[] = [];
  for (const section of draft.sections) {
    const items = section.items.filter((item) => !isBlank(item));
    if (items.length === 0 && !section.location.trim()) continue;
    const path = `sections.${sections.length}`;
    if (section.evidence) evidence[`${path}.location`] = section.evidence;
    items.forEach((item, i) => collect(evidence, `${path}.items.${i}`, item.evidence));
    sections.push({ location: section.location.trim() || null, items: items.map(itemOf) });
  }
  return {
    format: 1,
    direction: draft.direction,
    rescue_location: draft.rescue_location.trim() || null,
    drop_off_location: draft.drop_off_location.trim() || null,
    sections,
    evidence,
    confidence: {},
  };
}

function collect(into: Record<string, Span>, path: string, evidence: DraftItem["evidence"]): void {
  for (const [field, span] of Object.entries(evidence)) into[`${path}.${field}`] = span;
}

export function isBlank(item: DraftItem): boolean {
  return !item.name.trim() && !item.quantity.trim() && !item.unit.trim() && !item.pounds.trim();
}

function itemOf(item: DraftItem): Item {
  const said = { name: item.name.trim(), quantity: parseQuantity(item.quantity) ?? null, unit: item.unit.trim() || null };
  const typed = parseQuantity(item.pounds);
  if (typed !== null && typed !== undefined) {
    return { ...said, estimated_lbs: typed, lbs_source: "stated", lbs_rule: "set by the auditor" };
  }
  return item.read && !needsNewPounds(item) ? { ...item.read, ...said } : said;
}

/** Whether the pounds that came with the reading no longer follow from what stands there. */
function needsNewPounds(item: DraftItem): boolean {
  const { read } = item;
  if (!read) return true;
  const quantity = parseQuantity(item.quantity) ?? null;
  const same = quantity === (read.quantity ?? null) && (item.unit.trim() || null) === (read.unit ?? null);
  return !same || item.name.trim() !== read.name;
}

export interface ShownPounds {
  value: number | null;
  why: string;
  isProvisional: boolean;
}

/** The pounds to show beside an item, and where they come from. */
export function shownPounds(item: DraftItem): ShownPounds {
  const typed = parseQuantity(item.pounds);
  if (typed !== null && typed !== undefined) return { value: typed, why: "Set by you", isProvisional: false };
  if (!needsNewPounds(item)) return readPounds(item.read);
  const scaled = scaledPounds(item);
  if (scaled !== null) return { value: scaled, why: "Estimated; the tables decide when it is saved", isProvisional: true };
  return { value: null, why: "The tables decide when it is saved", isProvisional: true };
}

function readPounds(read: Item | null): ShownPounds {
  const value = read?.estimated_lbs ?? null;
  if (value === null) return { value, why: "No rule in the tables gives a weight", isProvisional: false };
  const source = read?.lbs_source === "stated" ? "Stated in the message" : "From the tables";
  return { value, why: read?.lbs_rule ? `${source}: ${read.lbs_rule}` : source, isProvisional: false };
}

/** Pounds follow the quantity when only the quantity changed. */
function scaledPounds({ read, quantity, unit, name }: DraftItem): number | null {
  const now = parseQuantity(quantity);
  if (!read?.estimated_lbs || !read.quantity || !now) return null;
  if (unit.trim() !== (read.unit ?? "") || name.trim() !== read.name) return null;
  return (read.estimated_lbs / read.quantity) * now;
}

export function draftItems(draft: Draft): DraftItem[] {
  return draft.sections.flatMap((section) => section.items);
}

export function totalPounds(draft: Draft): number {
  return draftItems(draft).reduce((sum, item) => sum + (shownPounds(item).value ?? 0), 0);
}

export interface Problem {
  itemId: string;
  field: EditableItemField;
  message: string;
}

/** What must be mended before the draft can be saved. */
export function problems(draft: Draft): Problem[] {
  return draftItems(draft)
    .filter((item) => !isBlank(item))
    .flatMap((item) => itemProblems(item));
}

function itemProblems(item: DraftItem): Problem[] {
  const found: Problem[] = [];
  const add = (field: EditableItemField, message: string) => found.push({ itemId: item.id, field, message });
  if (!item.name.trim()) add("name", "Give the item a name, or delete it.");
  if (parseQuantity(item.quantity) === undefined) add("quantity", "Write a number such as 2, 2.5 or 1/2.");
  if (parseQuantity(item.pounds) === undefined) add("pounds", "Write pounds as a number.");
  return found;
}

/** Whether two readings say the same to a person: derived pounds, evidence, confidence and the order of items do not count. */
export function saysTheSame(left: Extraction, right: Extraction): boolean {
  return JSON.stringify(said(left)) === JSON.stringify(said(right));
}

function said(extraction: Extraction): unknown {
  const sections = extraction.sections.filter((s) => s.items.length > 0 || s.location);
  return [
    extraction.direction,
    extraction.rescue_location ?? null,
    extraction.drop_off_location ?? null,
    sections.map((s) => JSON.stringify([s.location ?? null, s.items.map(saidItem).sort()])).sort(),
  ];
}

function saidItem(item: Item): string {
  const quantity = spellQuantity(item.quantity);
  const stated = item.lbs_rule === "set by the auditor" ? item.estimated_lbs : null;
  return JSON.stringify([item.name, quantity, item.unit ?? null, stated ?? null]);
}
