import { expect, test } from "vitest";
import type { RecordSummary } from "@/client/types";
import { PAGE_SIZE } from "./api";
import { emptyQueue, type QueueAction, walk } from "./queue";

const record = (id: string): RecordSummary => ({
  id, revision: 1, channel: "pickups", author: "Noor", posted_at: "2025-03-03T10:00:00Z", text: id, audited: false, decision: null,
  risk: 0, reasons: [], held_by: null,
});
const page = (ids: string, total: number): QueueAction => ({
  type: "loaded", page: { total, more_than_total: false, items: Array.from(ids, record), next: ids.at(-1) ?? null },
});
/** As many records as a page holds, numbered from `first` on. */
const full = (first: number, total: number): QueueAction => ({
  type: "loaded", page: { total, more_than_total: false, items: Array.from({ length: PAGE_SIZE }, (_, n) => record(`r${first + n}`)), next: `r${first + PAGE_SIZE - 1}` },
});
const run = (...actions: QueueAction[]) => actions.reduce(walk, emptyQueue);

test("a message keeps its place after it was audited", () => {
  const queue = run(page("abc", 3), { type: "decided", id: "a", as: "audited" }, { type: "go", index: 1 });
  expect([queue.records.map(({ id }) => id), queue.index, queue.total]).toEqual([["a", "b", "c"], 1, 3]);
});

test("the next page begins behind the last message, also when an empty one came in between", () => {
  expect(run(page("abc", 9)).next).toBe("c");
  expect(run(page("abc", 3), page("", 3)).next).toBe("c");
});

test("the total stays the walk's own while audited messages leave the server's list", () => {
  const queue = run(full(0, 120), { type: "decided", id: "r0", as: "audited" }, full(50, 119));
  expect(queue.total).toBe(120);
});

test("at its end the walk counts what it holds: the server may not have heard of a decision yet", () => {
  const queue = run(full(0, 53), { type: "decided", id: "r0", as: "audited" }, page("abc", 53));
  expect(queue.total).toBe(53);
});

test("a message that comes twice is listed once", () => {
  expect(run(page("abc", 4), page("cd", 4)).records.map(({ id }) => id).join("")).toBe("abcd");
});

test("the walk may go one past its last message and no further", () => {
  expect(run(page("ab", 2), { type: "go", index: 7 }).index).toBe(2);
  expect(run(page("ab", 2), { type: "go", index: -1 }).index).toBe(0);
});
