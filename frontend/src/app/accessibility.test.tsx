import { screen } from "@testing-library/react";
import axe from "axe-core";
import { expect, test } from "vitest";
import { confirmAll } from "@testing/audits";
import { FakeBackend } from "@testing/fake-backend";
import { renderOver } from "@testing/render";

// Contrast needs a real layout; the browser tests check it.
const OPTIONS = { rules: { "color-contrast": { enabled: false } } };

test.each([
  ["/", /^Mark audited/],
  ["/stats", /Pounds by location/],
  ["/models", /v1 that|that v1/],
  ["/training", /Train a new version/],
  ["/settings", /^Subcategories/],
])("%s has no accessibility violation", async (path, landmark) => {
  const backend = new FakeBackend({ loaded: true });
  await confirmAll(backend, 4);
  backend.addModel("v1");
  const { container } = renderOver(backend, path);
  await screen.findAllByText(landmark);
  const { violations } = await axe.run(container, OPTIONS);
  expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
});
