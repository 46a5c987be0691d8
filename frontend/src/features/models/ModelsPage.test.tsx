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
  expect(within(table).getAllByRole("columnheader").map((header) => header.textContent)).toEqual(["Field", "Regex", "Base model", "v1"]);
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
