import { screen, waitFor } from "@testing-library/react";
import { expect, test } from "vitest";
import { confirmAll } from "@testing/audits";
import { FakeBackend } from "@testing/fake-backend";
import { renderOver } from "@testing/render";
import { lossCurve } from "./useRunEvents";

async function runsAfter(audits: number, stepMs: number) {
  const backend = new FakeBackend({ loaded: true, stepMs });
  await confirmAll(backend, audits);
  return { backend, ...renderOver(backend, "/training") };
}

test("too few audits: the refusal is shown as it is", async () => {
  const { user } = await runsAfter(7, 50);
  await user.click(await screen.findByRole("button", { name: "Train" }));
  expect(await screen.findByText("Not enough audited records: 7 of 10.")).toBeInTheDocument();
});

test("a run is followed from start to end, and its version serves", async () => {
  const { user } = await runsAfter(10, 150);
  await user.type(await screen.findByLabelText("Version name"), "baseline");
  await user.click(screen.getByRole("button", { name: "Train" }));
  expect(await screen.findByRole("region", { name: "Run baseline" })).toBeInTheDocument();
  expect(await screen.findByRole("progressbar", { name: "Training progress" }, { timeout: 8_000 })).toBeInTheDocument();
  expect(await screen.findByRole("img", { name: /^Training loss/ }, { timeout: 8_000 })).toBeInTheDocument();
  expect((await screen.findAllByText("Done", {}, { timeout: 8_000 })).length).toBeGreaterThan(0);
  expect(await screen.findByText("Model baseline", {}, { timeout: 4_000 })).toBeInTheDocument();
});

test("a run can be cancelled after a question", async () => {
  const { user } = await runsAfter(10, 5_000);
  await user.click(await screen.findByRole("button", { name: "Train" }));
  await user.click(await screen.findByRole("button", { name: "Cancel run" }));
  await user.click(await screen.findByRole("button", { name: "Cancel the run" }));
  expect(await screen.findByText("A person cancelled the run.")).toBeInTheDocument();
  await waitFor(() => expect(screen.queryByRole("button", { name: "Cancel run" })).not.toBeInTheDocument());
});

test("losses come from the log and the live events, each step once", () => {
  const log = 'Reading.\n{"event":"step","step":2,"loss":0.5}\n{"half of a li';
  expect(lossCurve(log, [{ x: 3, y: 0.4 }, { x: 2, y: 0.5 }])).toEqual([{ x: 2, y: 0.5 }, { x: 3, y: 0.4 }]);
});

test("a rented machine's live price and expected cost are shown before anything is spent", async () => {
  const { user } = await runsAfter(10, 50);
  await user.selectOptions(await screen.findByLabelText("Train on"), "A rented machine");
  expect(await screen.findByText("$1.29 an hour")).toBeInTheDocument();
  expect(screen.getByText("about 5 min 20 s, $0.11")).toBeInTheDocument();
  expect(screen.getByText("$2.00")).toBeInTheDocument();
});

test("a host that is not set up says what to set", async () => {
  const { user } = await runsAfter(10, 50);
  await user.selectOptions(await screen.findByLabelText("Train on"), "My own GPU");
  expect(await screen.findByText(/set LARDER_SSH_HOST/)).toBeInTheDocument();
});

test("the autopilot is off until it is switched on, and keeps what it is told", async () => {
  const { user } = await runsAfter(10, 50);
  await user.click(await screen.findByRole("checkbox", { name: "Train by itself" }));
  const audits = await screen.findByLabelText("After new audits");
  await user.clear(audits);
  await user.type(audits, "40");
  await user.tab();
  await waitFor(() => expect(screen.getByLabelText("After new audits")).toHaveValue(40));
});
