import { screen, waitFor, within } from "@testing-library/react";
import { expect, test } from "vitest";
import { FakeBackend } from "@testing/fake-backend";
import { renderOver } from "@testing/render";
import { formatScore, scoreRows } from "./scores";

function modelsWith(prepare: (backend: FakeBackend) => void) {
  const backend = new FakeBackend({ loaded: true });
  prepare(backend);
  return { backend, ...renderOver(backend, "/models") };
}

const card = (version: string) => screen.findByRole("region", { name: `Model ${version}` });

test("without a model the page points to training", async () => {
  modelsWith(() => undefined);
  expect(await screen.findByRole("link", { name: "Train the first version" })).toHaveAttribute("href", "/training");
});

test("scores stand side by side, and the reason of a version that was not promoted is said", async () => {
  modelsWith((backend) => {
    backend.addModel("v1");
    backend.addModel("v2", { active: false, reason: "Worse than v1: items 71.2% against 90.1%." });
  });
  const table = within(await card("v1")).getByRole("table");
  expect(within(table).getAllByRole("columnheader").map((header) => header.textContent)).toEqual(["Field", "Regex", "Base model", "v1", "Combined"]);
  expect(within(await card("v2")).getByText("Worse than v1: items 71.2% against 90.1%.")).toBeInTheDocument();
  expect(within(await card("v1")).getByText("Active")).toBeInTheDocument();
});

test("a version is activated, and rolled back", async () => {
  const { user, backend } = modelsWith((fake) => {
    fake.addModel("v1");
    fake.addModel("v2", { active: false });
  });
  await user.click(within(await card("v2")).getByRole("button", { name: "Activate" }));
  await waitFor(() => expect(backend.active).toBe("v2"));
  await user.click(screen.getByRole("button", { name: "Roll back" }));
  await waitFor(() => expect(backend.active).toBe("v1"));
});

test("a version is deleted after a question", async () => {
  const { user, backend } = modelsWith((fake) => fake.addModel("v2", { active: false }));
  await user.click(within(await card("v2")).getByRole("button", { name: "Delete" }));
  await user.click(await screen.findByRole("button", { name: "Delete the version" }));
  await waitFor(() => expect(backend.models).toEqual([]));
});

test("the best of a row is known, also where lower is better", () => {
  const rows = scoreRows({ regex: { direction: 0.8, pounds_error: 0.2 }, candidate: { direction: 0.9, pounds_error: 0.1 } });
  expect(rows.map(({ field, best }) => [field, best])).toEqual([["direction", 0.9], ["pounds_error", 0.1]]);
  expect(formatScore("direction", 0.9)).toBe("90.0%");
});

test("what changed is told value by value, right or wrong", async () => {
  const { user } = modelsWith((fake) => fake.addModel("v1"));
  const found = within(await card("v1"));
  await user.click(found.getByRole("button", { name: /what it reads differently/ }));
  expect(await found.findByText(/4 messages compared: 1 values became right, 1 became wrong/)).toBeInTheDocument();
  expect(found.getByText(/✓ inbound/)).toBeInTheDocument();
  expect(found.getByText(/✗ none/)).toBeInTheDocument();
});

test("the confidence panel says what would need no person, and what so few messages prove", async () => {
  const { user } = modelsWith((fake) => fake.addModel("v1"));
  const found = within(await card("v1"));
  await user.click(found.getByRole("button", { name: /confidence can be trusted/ }));
  expect(found.getByText(/Auto-accept at 99% precision would need no person for 30% of messages \(18% to 41%\): 23 accepted, 0 of them wrong/)).toBeInTheDocument();
  await user.selectOptions(found.getByLabelText("Of"), "Whole message");
  expect(found.getByText(/76 values, off by 8.0 points/)).toBeInTheDocument();
});

test("the page answers what was serving on a day", async () => {
  const { user } = modelsWith((fake) => fake.addModel("v1"));
  const history = within(await screen.findByRole("region", { name: "What was serving when" }));
  expect(await history.findByText("v2")).toBeInTheDocument();
  await user.type(history.getByLabelText("On"), "2026-03-02");
  await waitFor(() => expect(history.queryByText("v2")).not.toBeInTheDocument());
  expect(history.getByText("v1")).toBeInTheDocument();
});

test("two versions make a learning curve", async () => {
  modelsWith((fake) => {
    fake.addModel("v1");
    fake.addModel("v2");
  });
  const curve = within(await screen.findByRole("region", { name: "Learning curve" }));
  expect(curve.getAllByRole("row")).toHaveLength(3);
});

test("intervals stand under their figures", () => {
  const [direction] = scoreRows({ regex: { direction: 0.8, intervals: { direction: [0.7, 0.9] } } });
  expect(direction?.intervals.regex).toEqual([0.7, 0.9]);
});
