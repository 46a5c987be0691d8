import { expect, test } from "vitest";
import type { Extraction } from "@/client/types";
import { compare, type Side } from "./compare";
import { saysTheSame, toDraft, toExtraction } from "./draft";
import { edit } from "./draft-edits";

const LEFT: Extraction = {
  format: 1,
  direction: "inbound",
  rescue_location: "Dunmore Dairy",
  drop_off_location: null,
  sections: [
    { location: null, items: [{ name: "milk", quantity: 6, unit: "gallon" }, { name: "yogurt", quantity: 2, unit: "case" }] },
  ],
};
const RIGHT: Extraction = {
  format: 1,
  direction: "inbound",
  rescue_location: "Dunmore Dairy",
  drop_off_location: "Boathouse",
  sections: [
    { location: null, items: [{ name: "2% milk", quantity: 6, unit: "gallon" }] },
    { location: "Cooler", items: [{ name: "eggs", quantity: 3, unit: "flat" }] },
  ],
};

const comparison = compare(LEFT, RIGHT);
const differing = comparison.rows.filter((row) => row.differs);

test("only what differs is marked, and items are paired by what they are", () => {
  expect(differing.map(({ label, left, right }) => [label, left, right])).toEqual([
    ["Drop-off", "not read", "Boathouse"],
    ["milk: name", "milk", "2% milk"],
    ["yogurt", "2 case yogurt", "not read"],
    ["eggs", "not read", "3 flat eggs"],
  ]);
});

test.each(["left", "right"] as const)("taking %s everywhere gives that reading", (side: Side) => {
  for (const reading of [LEFT, RIGHT]) {
    const start = toDraft(reading, comparison.pairsIn(reading));
    const draft = differing.reduce((current, row) => edit(current, row.edit(side)), start);
    expect(saysTheSame(toExtraction(draft), side === "left" ? LEFT : RIGHT)).toBe(true);
    expect(differing.map((row) => row.taken(draft))).toEqual(differing.map(() => side));
  }
});

test("a value typed by hand belongs to neither side", () => {
  const draft = edit(toDraft(RIGHT, comparison.pairsIn(RIGHT)), { type: "place", field: "drop_off_location", value: "Elsewhere" });
  expect(differing[0]?.taken(draft)).toBeNull();
});

test("two readings that say the same have no differing row", () => {
  expect(compare(LEFT, LEFT).rows.some((row) => row.differs)).toBe(false);
});

test("an item that differs in several fields is one choice, or one for each field", () => {
  const one: Extraction = { format: 1, direction: "inbound", sections: [{ location: null, items: [{ name: "blues uglies", quantity: 2 }] }] };
  const other: Extraction = {
    format: 1,
    direction: "inbound",
    sections: [{ location: "Fridge", items: [{ name: "uglies", quantity: 2, unit: "blue" }] }],
  };
  const { rows, pairsIn } = compare(one, other);
  const differs = rows.filter((row) => row.differs);
  expect(differs.map(({ id, level }) => [id, level])).toEqual([
    ["item.0", "item"],
    ["item.0.unit", "field"],
    ["item.0.name", "field"],
    ["item.0.location", "field"],
  ]);
  expect(differs[0]).toMatchObject({ left: "2 blues uglies, no place", right: "2 blue uglies, Fridge" });
  const whole = differs[0]!;
  const draft = edit(toDraft(other, pairsIn(other)), whole.edit("left"));
  expect(saysTheSame(toExtraction(draft), one)).toBe(true);
  expect([whole.taken(draft), whole.taken(edit(draft, differs[1]!.edit("right")))]).toEqual(["left", null]);
});
