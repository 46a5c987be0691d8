import { screen, within } from "@testing-library/react";
import { expect, test } from "vitest";
import { confirmAll } from "@testing/audits";
import { FakeBackend } from "@testing/fake-backend";
import { renderOver } from "@testing/render";

async function statsAfter(audits: number) {
  const backend = new FakeBackend({ loaded: true });
  await confirmAll(backend, audits);
  return renderOver(backend, "/stats");
}

test("without audits the page points to the first one", async () => {
  await statsAfter(0);
  expect(await screen.findByText("No audits to count yet")).toBeInTheDocument();
  expect(screen.getByRole("link", { name: "Audit the first message" })).toBeInTheDocument();
});

test("totals are counted, and pounds are read as tables", async () => {
  await statsAfter(7);
  expect(await screen.findByRole("region", { name: "Total audited" })).toHaveTextContent("7of 12 messages");
  expect(screen.getByRole("region", { name: "Total pounds" })).toHaveTextContent(/[1-9]/);
  for (const name of ["Pounds by location", "Pounds by subcategory"]) {
    const rows = within(screen.getByRole("table", { name })).getAllByRole("row");
    expect(rows.length).toBeGreaterThan(1);
    expect(rows.at(-1)).toHaveTextContent(/lb/);
  }
});

test("readiness says how many are missing", async () => {
  await statsAfter(7);
  const readiness = await screen.findByRole("region", { name: "Training readiness" });
  expect(readiness).toHaveTextContent("7 of 10 audited");
  expect(readiness).toHaveTextContent("Audit 3 more messages first.");
});

test("ten audits lead to training", async () => {
  await statsAfter(10);
  const readiness = await screen.findByRole("region", { name: "Training readiness" });
  expect(within(readiness).getByRole("link", { name: "Train a new version" })).toHaveAttribute("href", "/training");
});
