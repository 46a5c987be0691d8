/** Which part of the ledger is counted; an empty word chooses nothing. Days are both included. */
import { startOfDay } from "@/components/format";

export interface Part {
  channel: string;
  place: string;
  subcategory: string;
  since: string;
  until: string;
}

export const EVERYTHING: Part = { channel: "", place: "", subcategory: "", since: "", until: "" };

export const isNarrow = (part: Part) => Object.values(part).some(Boolean);

export function queryOf({ since, until, ...words }: Part) {
  const chosen = Object.fromEntries(Object.entries(words).filter(([, value]) => value));
  return { ...chosen, ...(since ? { since: startOfDay(since) } : {}), ...(until ? { until: startOfDay(until, 1) } : {}) };
}
