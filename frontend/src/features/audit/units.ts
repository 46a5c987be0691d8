import type { Tables } from "@/client/types";

/** The units that the tables weigh. */
export function unitsOf(tables: Tables | undefined): string[] {
  if (!tables) return [];
  const byItem = Object.values(tables.item_units ?? {}).flatMap((units) => Object.keys(units));
  return [...new Set([...Object.keys(tables.units ?? {}), ...byItem])].filter((unit) => unit !== "each").sort();
}
