import { expect, test } from "vitest";
import { parseQuantity, spellQuantity } from "./quantity";

test.each([
  ["5", 5],
  [" 2.5 ", 2.5],
  [".5", 0.5],
  ["1/2", 0.5],
  ["1 1/2", 1.5],
  ["2½", 2.5],
  ["½", 0.5],
  ["", null],
])("%j is the quantity %j", (typed, quantity) => {
  expect(parseQuantity(typed)).toBe(quantity);
});

test.each(["a few", "1/0", "-3", "1,000", "5 cases"])("%j is no quantity", (typed) => {
  expect(parseQuantity(typed)).toBeUndefined();
});

test("a quantity is spelled without needless digits", () => {
  expect([spellQuantity(2), spellQuantity(1 / 3), spellQuantity(null)]).toEqual(["2", "0.333", ""]);
});
