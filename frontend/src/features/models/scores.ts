/** Held-out scores as a table: one row a field, one column a reader. */

export const READERS = ["regex", "base", "active", "candidate", "combined"] as const;
export type Reader = (typeof READERS)[number];

export interface ScoreRow {
  field: string;
  label: string;
  values: Partial<Record<Reader, number>>;
  /** Where each value would lie in 95 of 100 other samples of messages. */
  intervals: Partial<Record<Reader, readonly [number, number]>>;
  /** The highest of the row, where higher is better and not all are the same. */
  best: number | null;
}

// The order in which a person asks; what is not named here follows under its own name.
const LABELS: Record<string, string> = {
  direction: "Direction",
  rescue_location: "Rescue location",
  drop_off_location: "Drop-off",
  "items_lenient.f1": "Items found (F1)",
  "items_exact.f1": "Items exact (F1)",
  "items_lenient.precision": "Items precision",
  "items_lenient.recall": "Items recall",
  all_exact: "Whole message exact",
  sections_count: "Number of sections",
  pounds_error: "Pounds off by",
  ungrounded: "Values not in the message",
  invalid: "Messages not read",
};

// The number of messages stands in the caption.
const HIDDEN = new Set(["messages", "items_exact.precision", "items_exact.recall"]);
const LOWER_IS_BETTER = new Set(["pounds_error", "ungrounded", "invalid"]);

export function scoreRows(scores: Record<string, unknown>): ScoreRow[] {
  const byReader = READERS.map((reader) => [reader, flatten(withoutIntervals(scores[reader]))] as const);
  const named = Object.keys(LABELS);
  const fields = [...new Set([...named, ...byReader.flatMap(([, values]) => Object.keys(values))])];
  return fields
    .filter((field) => !HIDDEN.has(field) && byReader.some(([, values]) => field in values))
    .map((field) => ({ ...row(field, byReader), intervals: intervalsOf(field, scores) }));
}

const withoutIntervals = (sheet: unknown) => (isObject(sheet) ? Object.fromEntries(Object.entries(sheet).filter(([name]) => name !== "intervals")) : sheet);

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;

function intervalsOf(field: string, scores: Record<string, unknown>): ScoreRow["intervals"] {
  const found: ScoreRow["intervals"] = {};
  for (const reader of READERS) {
    const sheet = scores[reader];
    const interval = isObject(sheet) && isObject(sheet.intervals) ? sheet.intervals[field] : undefined;
    if (Array.isArray(interval)) found[reader] = [Number(interval[0]), Number(interval[1])];
  }
  return found;
}

function row(field: string, byReader: readonly (readonly [Reader, Record<string, number>])[]): Omit<ScoreRow, "intervals"> {
  const values: ScoreRow["values"] = {};
  for (const [reader, all] of byReader) if (all[field] !== undefined) values[reader] = all[field];
  const present = Object.values(values);
  const differ = new Set(present).size > 1;
  const best = LOWER_IS_BETTER.has(field) ? Math.min(...present) : Math.max(...present);
  return { field, label: LABELS[field] ?? field.replaceAll("_", " "), values, best: differ ? best : null };
}

/** Nested numbers under dotted names; everything else is left out. */
export function flatten(value: unknown, prefix = ""): Record<string, number> {
  if (typeof value === "number") return { [prefix]: value };
  if (typeof value !== "object" || value === null) return {};
  const entries = Object.entries(value as Record<string, unknown>);
  return Object.assign({}, ...entries.map(([key, inner]) => flatten(inner, prefix ? `${prefix}.${key}` : key))) as Record<string, number>;
}

/** Rates are shown as percentages; counts and pounds as they are. */
export function formatScore(field: string, value: number): string {
  if (LOWER_IS_BETTER.has(field)) return `${(value * 100).toFixed(0)}%`;
  return value <= 1 ? `${(value * 100).toFixed(1)}%` : String(Math.round(value * 100) / 100);
}
