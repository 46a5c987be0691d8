/** The tables while a person edits them: weights as "case 25, box 20", words with commas between. */
import type { Tables } from "@/client/types";

export interface CategoryRow {
  id: number;
  name: string;
  keywords: string;
  exceptions: string;
  weights: string;
}

export interface ItemRow {
  id: number;
  name: string;
  weights: string;
}

export interface TableRows {
  categories: CategoryRow[];
  items: ItemRow[];
  units: string;
}

type Weights = Record<string, number>;

export function toTableRows(tables: Tables): TableRows {
  return {
    categories: tables.categories.map((category, id) => ({
      id,
      name: category.name,
      keywords: category.keywords.join(", "),
      exceptions: category.exceptions.join(", "),
      weights: spellWeights(category.lbs_per_unit ?? {}),
    })),
    items: Object.entries(tables.item_units ?? {}).map(([name, units], id) => ({ id, name, weights: spellWeights(units) })),
    units: spellWeights(tables.units ?? {}),
  };
}

/** Only for rows without a problem. */
export function toTables({ categories, items, units }: TableRows): Tables {
  return {
    categories: categories.map(({ name, keywords, exceptions, weights }) => ({
      name: name.trim(),
      keywords: splitWords(keywords),
      exceptions: splitWords(exceptions),
      lbs_per_unit: readWeights(weights).weights,
    })),
    item_units: Object.fromEntries(items.map(({ name, weights }) => [name.trim().toLowerCase(), readWeights(weights).weights])),
    units: readWeights(units).weights,
  };
}

/** What keeps the rows from being saved, in one sentence; null when nothing does. */
export function tablesProblem({ categories, items, units }: TableRows): string | null {
  const named = [...categories, ...items];
  if (named.some(({ name }) => !name.trim())) return "A row has no name; name it or delete it.";
  const doubled = twice(categories) ?? twice(items);
  if (doubled) return `${doubled} stands there twice; merge the two rows.`;
  const empty = categories.find(({ keywords }) => splitWords(keywords).length === 0);
  if (empty) return `${empty.name} has no words; write some, or delete it.`;
  const wrong = [...named, { name: "Any item", weights: units }].map((row) => ({ ...row, ...readWeights(row.weights) })).find((row) => row.wrong);
  return wrong ? `“${wrong.wrong}” in ${wrong.name} is no weight; write a unit and its pounds, as in “case 25”.` : null;
}

function twice(rows: readonly { name: string }[]): string | undefined {
  const names = rows.map(({ name }) => name.trim().toLowerCase());
  return rows.find(({ name }, i) => names.indexOf(name.trim().toLowerCase()) !== i)?.name;
}

function spellWeights(weights: Weights): string {
  return Object.entries(weights)
    .map(([unit, lbs]) => `${unit} ${lbs}`)
    .join(", ");
}

function readWeights(written: string): { weights: Weights; wrong: string | null } {
  const weights: Weights = {};
  for (const part of splitWords(written)) {
    const match = /^(.*\S)\s+(\d*\.?\d+)$/.exec(part);
    if (!match?.[1]) return { weights, wrong: part };
    weights[match[1]] = Number(match[2]);
  }
  return { weights, wrong: null };
}

function splitWords(written: string): string[] {
  return [...new Set(written.split(",").map((word) => word.trim()))].filter(Boolean);
}
