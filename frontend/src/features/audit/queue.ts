/**
 * The messages that a person walks through, as found under one filter.
 *
 * Invariant: a message keeps its place while the walk lasts, also after it was audited, so that "Message 5 / 234" and
 * going back never jump. Later pages are asked for past what the server still counts, and known messages are not added twice.
 */
import type { RecordPage, RecordSummary } from "@/client/types";

export interface Queue {
  records: RecordSummary[];
  index: number;
  total: number;
  /** What was decided since the walk began, by record id; it is ahead of the server while saves wait. */
  decided: Record<string, "audited" | "skipped" | "undone">;
  state: "loading" | "ready" | "failed";
  error: unknown;
}

export type QueueAction =
  | { type: "loaded"; page: RecordPage; leaves: boolean }
  | { type: "failed"; error: unknown }
  | { type: "go"; index: number }
  | { type: "go-to"; id: string }
  | { type: "decided"; id: string; as: Queue["decided"][string] };

export const emptyQueue: Queue = { records: [], index: 0, total: 0, decided: {}, state: "loading", error: null };

export function walk(queue: Queue, action: QueueAction): Queue {
  switch (action.type) {
    case "loaded":
      return append(queue, action.page, action.leaves);
    case "failed":
      return { ...queue, state: "failed", error: action.error };
    case "go":
      return { ...queue, index: Math.max(0, Math.min(action.index, queue.records.length)) };
    case "go-to": {
      const index = queue.records.findIndex((record) => record.id === action.id);
      return index < 0 ? queue : { ...queue, index };
    }
    case "decided":
      return { ...queue, decided: { ...queue.decided, [action.id]: action.as } };
  }
}

/** `leaves`: whether a decided message leaves the server's list, as it does under the filter Unaudited. */
function append(queue: Queue, page: RecordPage, leaves: boolean): Queue {
  const known = new Set(queue.records.map((record) => record.id));
  const fresh = page.items.filter((record) => !known.has(record.id));
  const records = [...queue.records, ...fresh];
  const gone = leaves ? decided(queue) : 0;
  return { ...queue, records, total: Math.max(page.total + gone, records.length), state: "ready", error: null };
}

function decided(queue: Queue): number {
  return Object.values(queue.decided).filter((as) => as !== "undone").length;
}

/** Where the next page starts on the server: what left its list no longer counts. */
export function nextOffset(queue: Queue, leaves: boolean): number {
  return queue.records.length - (leaves ? decided(queue) : 0);
}
