/**
 * The messages that a person walks through, as found under one filter.
 *
 * Invariant: a message keeps its place while the walk lasts, also after it was audited, so that "Message 5 / 234" and
 * going back never jump. A page is asked for by the last message of the one before, and no message is added twice.
 */
import { PAGE_SIZE } from "./api";
import type { RecordPage, RecordSummary } from "@/client/types";

export interface Queue {
  records: RecordSummary[];
  index: number;
  total: number;
  /** Whether there are more than `total`: a long list is not counted to its end. */
  isLonger: boolean;
  /** Where the next page begins. */
  next: string;
  /** Whether the last page was full, so that another one may follow. */
  hasMore: boolean;
  /** What was decided since the walk began, by record id; it is ahead of the server while saves wait. */
  decided: Record<string, "audited" | "skipped" | "undone">;
  state: "loading" | "ready" | "failed";
  error: unknown;
}

export type QueueAction =
  | { type: "loaded"; page: RecordPage }
  | { type: "failed"; error: unknown }
  | { type: "go"; index: number }
  | { type: "go-to"; id: string }
  | { type: "decided"; id: string; as: Queue["decided"][string] };

export const emptyQueue: Queue = { records: [], index: 0, total: 0, isLonger: false, next: "", hasMore: false, decided: {}, state: "loading", error: null };

export function walk(queue: Queue, action: QueueAction): Queue {
  switch (action.type) {
    case "loaded":
      return append(queue, action.page);
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

/** The first page says how many there are; from then on the walk counts what it holds, since decided ones leave the list. */
function append(queue: Queue, page: RecordPage): Queue {
  const known = new Set(queue.records.map((record) => record.id));
  const records = [...queue.records, ...page.items.filter((record) => !known.has(record.id))];
  const hasMore = page.items.length === PAGE_SIZE;
  const said = queue.records.length === 0 ? page.total : queue.total;
  return {
    ...queue,
    records,
    total: hasMore ? Math.max(said, records.length) : records.length,
    isLonger: page.more_than_total && hasMore,
    next: page.next ?? queue.next,
    hasMore,
    state: "ready",
    error: null,
  };
}
