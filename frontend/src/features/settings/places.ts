/** The directory while a person edits it: rows, because names change and may be doubled for a moment. */
import type { Directory, Place } from "@/client/types";

export type PlaceKind = Place["kind"][number];

export interface PlaceRow {
  id: number;
  name: string;
  aliases: string;
  kind: PlaceKind[];
}

export function toRows(directory: Directory): PlaceRow[] {
  return Object.entries(directory).map(([name, place], id) => ({ id, name, aliases: place.aliases.join(", "), kind: [...place.kind] }));
}

export function toDirectory(rows: readonly PlaceRow[]): Directory {
  const named = rows.filter(({ name }) => name.trim());
  return Object.fromEntries(named.map(({ name, aliases, kind }) => [name.trim(), { aliases: splitAliases(aliases), kind }]));
}

function splitAliases(aliases: string): string[] {
  return [...new Set(aliases.split(",").map((alias) => alias.trim()))].filter(Boolean);
}

/** What keeps the rows from being saved, in one sentence; null when nothing does. */
export function problemOf(rows: readonly PlaceRow[]): string | null {
  const names = rows.map(({ name }) => name.trim()).filter(Boolean);
  const doubled = names.find((name, i) => names.indexOf(name) !== i);
  if (doubled) return `${doubled} stands there twice; merge the two rows.`;
  if (rows.some(({ name, aliases }) => !name.trim() && aliases.trim())) return "A place has aliases and no name; name it or delete it.";
  const homes = rows.filter(({ kind }) => kind.includes("home"));
  return homes.length > 1 ? `Only one place can be home; now there are ${homes.length}.` : null;
}
