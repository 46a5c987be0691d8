import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ApiError } from "@/client/errors";
import { newKey, Outbox, type Outgoing } from "./outbox";

let seq = 0;
const undo = (recordId: string): Outgoing => ({ kind: "undo", seq: seq++, recordId, body: { key: newKey() } });

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

function outboxOver(send: (outgoing: Outgoing) => Promise<unknown>) {
  const saved: string[] = [];
  const outbox = new Outbox({ storage: localStorage, send, onSaved: ({ recordId }) => saved.push(recordId) });
  return { outbox, saved };
}

test("decisions are sent in order and forgotten when they are acknowledged", async () => {
  const { outbox, saved } = outboxOver(() => Promise.resolve());
  outbox.add(undo("a"));
  outbox.add(undo("b"));
  expect(outbox.snapshot()).toMatchObject({ state: "saving", waiting: 2 });
  await vi.runAllTimersAsync();
  expect(saved).toEqual(["a", "b"]);
  expect([outbox.snapshot().state, localStorage.length]).toEqual(["saved", 0]);
});

test("without a network they are kept, and sent later with the same keys", async () => {
  let isDown = true;
  const keys: string[] = [];
  const { outbox, saved } = outboxOver(({ body }) => {
    keys.push(body.key);
    return isDown ? Promise.reject(new TypeError("fetch failed")) : Promise.resolve();
  });
  outbox.add(undo("a"));
  await vi.advanceTimersByTimeAsync(1_500);
  expect(outbox.snapshot()).toMatchObject({ state: "offline", waiting: 1 });
  isDown = false;
  await vi.advanceTimersByTimeAsync(20_000);
  expect(saved).toEqual(["a"]);
  expect(new Set(keys).size).toBe(1);
});

test("what an earlier visit left is sent by the next", async () => {
  outboxOver(() => Promise.reject(new TypeError("fetch failed"))).outbox.add(undo("a"));
  const { outbox, saved } = outboxOver(() => Promise.resolve());
  expect(outbox.snapshot().waiting).toBe(1);
  await outbox.flush();
  expect(saved).toEqual(["a"]);
});

test("a refused decision is shown, does not hold up the next, and goes when it is dismissed", async () => {
  const { outbox, saved } = outboxOver(({ recordId }) =>
    recordId === "a" ? Promise.reject(new ApiError("It was edited; open it again.", 409, "STALE_REVISION")) : Promise.resolve(),
  );
  outbox.add(undo("a"));
  outbox.add(undo("b"));
  await vi.runAllTimersAsync();
  const { refused, state } = outbox.snapshot();
  expect([refused[0]?.refused, saved, state]).toEqual(["It was edited; open it again.", ["b"], "saved"]);
  if (refused[0]) outbox.dismiss(refused[0]);
  expect(outbox.snapshot().refused).toEqual([]);
});

test("a busy server is asked again", async () => {
  let attempts = 0;
  const { outbox, saved } = outboxOver(() =>
    ++attempts < 3 ? Promise.reject(new ApiError("busy", 503, "BUSY")) : Promise.resolve(),
  );
  outbox.add(undo("a"));
  await vi.advanceTimersByTimeAsync(10_000);
  expect([saved, attempts]).toEqual([["a"], 3]);
});

test("keys are random UUIDs", () => {
  expect(newKey()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(newKey()).not.toBe(newKey());
});
