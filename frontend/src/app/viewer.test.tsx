import { screen } from "@testing-library/react";
import { expect, test } from "vitest";
import { FakeBackend } from "@testing/fake-backend";
import { renderOver } from "@testing/render";

function asViewer(path: string) {
  const backend = new FakeBackend({ loaded: true });
  backend.role = "viewer";
  return { backend, ...renderOver(backend, path) };
}

test("a viewer sees messages and readings, and nothing to decide", async () => {
  const { user, backend } = asViewer("/");
  await screen.findByRole("region", { name: "Reading" });
  for (const name of [/Mark audited/, /^Skip/, /^Undo/, "Import"]) expect(screen.queryByRole("button", { name })).not.toBeInTheDocument();
  await user.keyboard("a{Enter}s");
  expect(backend.audits).toEqual([]);
});

test("a viewer sees runs, and nothing that trains", async () => {
  asViewer("/training");
  await screen.findByText(/No run yet/);
  expect(screen.queryByRole("button", { name: "Train" })).not.toBeInTheDocument();
  expect(screen.queryByRole("region", { name: "Autopilot" })).not.toBeInTheDocument();
});

test("a viewer sees the places, and cannot change them", async () => {
  asViewer("/settings");
  expect(await screen.findByDisplayValue("Boathouse")).toBeDisabled();
  expect(screen.queryByRole("region", { name: "Privacy" })).not.toBeInTheDocument();
});
