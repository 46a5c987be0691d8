import { expect, test } from "vitest";
import type { Extraction } from "@/client/types";
import { problems, saysTheSame, shownPounds, toDraft, toExtraction, totalPounds } from "./draft";
import { type Edit, edit } from "./draft-edits";

const READING: Extraction = {
  format: 1,
  direction: "inbound",
  rescue_location: "Three Gates Orchard",
  drop_off_location: null,
  sections: [
    { location: "Van", items: [item("apples", 4, "case", 72), item("pears", 2, "box", 30)] },
    { location: "Cooler", items: [item("milk", 6, "gallon", 51.6)] },
  ],
  evidence: {
    rescue_location: { start: 0, end: 5 },
    "sections.0.items.0.name": { start: 10, end: 16 },
    "sections.0.items.1.name": { start: 20, end: 25 },
    "sections.1.items.0.quantity": { start: 30, end: 31 },
  },
  confidence: {},
};

function item(name: string, quantity: number, unit: string, lbs: number) {
  return { name, quantity, unit, estimated_lbs: lbs, subcategory: null, lbs_source: "table" as const, lbs_rule: "a rule" };
}

function edited(...edits: Edit[]) {
  return edits.reduce(edit, toDraft(READING));
}

const ids = { van: "s0", apples: "i1", pears: "i2", cooler: "s3", milk: "i4" };

test("an untouched draft says what the reading says, evidence included", () => {
  expect(toExtraction(toDraft(READING))).toEqual(READING);
});

test("deleting an item moves the evidence of the items behind it", () => {
  const { evidence } = toExtraction(edited({ type: "delete-item", item: ids.apples }));
  expect(evidence?.["sections.0.items.0.name"]).toEqual({ start: 20, end: 25 });
  expect(evidence?.["sections.0.items.1.name"]).toBeUndefined();
});

test("an edited value loses its evidence and keeps that of its neighbours", () => {
  const { evidence } = toExtraction(edited({ type: "item", item: ids.milk, field: "quantity", value: "7" }));
  expect(evidence).not.toHaveProperty("sections.1.items.0.quantity");
  expect(evidence).toHaveProperty("rescue_location");
});

test("moving an item to another section takes it along, and an emptied section goes", () => {
  const { sections } = toExtraction(edited({ type: "move-item", item: ids.milk, section: ids.van }));
  expect(sections.map((s) => [s.location, s.items.map((i) => i.name)])).toEqual([["Van", ["apples", "pears", "milk"]]]);
});

test("moving an item to a new section makes it", () => {
  const { sections } = toExtraction(edited({ type: "move-item", item: ids.pears, section: null }));
  expect(sections.map((s) => s.location)).toEqual(["Van", "Cooler", null]);
});

test("an added item is sent without pounds, for the tables to weigh", () => {
  const draft = edited({ type: "add-item", section: ids.cooler }, { type: "item", item: "i5", field: "name", value: " eggs " });
  expect(toExtraction(draft).sections[1]?.items[1]).toEqual({ name: "eggs", quantity: null, unit: null });
});

test("an item left blank is not sent", () => {
  const draft = edited({ type: "add-item", section: null });
  expect(saysTheSame(toExtraction(draft), READING)).toBe(true);
  expect(problems(draft)).toEqual([]);
});

test("a changed quantity scales the shown pounds and leaves the number to the tables", () => {
  const draft = edited({ type: "item", item: ids.apples, field: "quantity", value: "2" });
  const apples = draft.sections[0]?.items[0];
  expect(apples && shownPounds(apples)).toMatchObject({ value: 36, isProvisional: true });
  expect(toExtraction(draft).sections[0]?.items[0]).not.toHaveProperty("estimated_lbs");
  expect(totalPounds(draft)).toBeCloseTo(36 + 30 + 51.6);
});

test("pounds typed by the auditor are sent as stated", () => {
  const draft = edited({ type: "item", item: ids.apples, field: "pounds", value: "80" });
  expect(toExtraction(draft).sections[0]?.items[0]).toMatchObject({ estimated_lbs: 80, lbs_source: "stated" });
  expect(saysTheSame(toExtraction(draft), READING)).toBe(false);
});

test("a nameless item and a quantity that is no number are problems", () => {
  const draft = edited(
    { type: "item", item: ids.apples, field: "name", value: "" },
    { type: "item", item: ids.pears, field: "quantity", value: "some" },
  );
  expect(problems(draft).map(({ itemId, field }) => [itemId, field])).toEqual([
    [ids.apples, "name"],
    [ids.pears, "quantity"],
  ]);
});

test("derived pounds and evidence do not make two readings differ, a place does", () => {
  expect(saysTheSame(READING, { ...READING, evidence: {}, tables_version: "abc" })).toBe(true);
  expect(saysTheSame(READING, { ...READING, drop_off_location: "Cooler" })).toBe(false);
});

test("a section added by hand starts with an empty item", () => {
  const draft = edited({ type: "add-section" });
  expect(draft.sections.at(-1)).toMatchObject({ location: "", items: [{ name: "" }] });
});
