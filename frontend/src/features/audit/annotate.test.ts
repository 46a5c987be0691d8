import { expect, test } from "vitest";
import { annotate, type Mark } from "./annotate";

const mark = (start: number, end: number, kind: Mark["kind"] = "name", owner = "i0"): Mark => ({ start, end, kind, owner });
const shown = (text: string, marks: Mark[] = []) => annotate(text, marks).map(({ kind, text: part, marks: on }) => [kind, part, on.length]);

test("text is cut at the edges of its evidence", () => {
  expect(shown("2 cases kale", [mark(0, 1, "quantity"), mark(8, 12)])).toEqual([
    ["text", "2", 1],
    ["text", " cases ", 0],
    ["text", "kale", 1],
  ]);
});

test("spans count characters, so an emoji before the evidence does not shift it", () => {
  expect(shown("🍎🍎 kale", [mark(3, 7)])).toEqual([
    ["text", "🍎🍎 ", 0],
    ["text", "kale", 1],
  ]);
});

test("evidence of a later message counts from the start of the record", () => {
  expect(annotate("kale", [mark(10, 14)], 10)[0]?.marks).toHaveLength(1);
});

test("mentions, channels, links and emoji names are drawn as Slack draws them", () => {
  expect(shown("@Noor in <#C01|pickups>: :banana: https://example.org/a <https://b.org|the list>")).toEqual([
    ["mention", "@Noor", 0],
    ["text", " in ", 0],
    ["channel", "#pickups", 0],
    ["text", ": ", 0],
    ["emoji", "🍌", 0],
    ["text", " ", 0],
    ["link", "https://example.org/a", 0],
    ["text", " ", 0],
    ["link", "the list", 0],
  ]);
});

test("an unknown emoji name, a time and an address stay as they were typed", () => {
  expect(shown(":van_two: at 10:30, me@example.org").map(([, text]) => text).join("")).toBe(":van_two: at 10:30, me@example.org");
});

test("overlapping evidence keeps both owners", () => {
  const pieces = annotate("blue fridge", [mark(0, 11, "place", "rescue_location"), mark(0, 4, "unit")]);
  expect(pieces.map((piece) => piece.marks.map(({ owner }) => owner))).toEqual([["rescue_location", "i0"], ["rescue_location"]]);
});
