import { screen, waitFor } from "@testing-library/react";
import { expect, test } from "vitest";
import { FakeBackend } from "@testing/fake-backend";
import { renderOver } from "@testing/render";

function behind() {
  const backend = new FakeBackend({ loaded: true });
  backend.backlogs = [{ method: "peft", version: "v2", total: 12, unread: 5, asked: false, paused: false, since: "2025-03-03T10:00:00Z" }];
  return { backend, ...renderOver(backend, "/") };
}

test("reading again says how far it is, is paused and goes on", async () => {
  const { user, backend } = behind();
  await user.click(await screen.findByRole("button", { name: "Reading 5 messages" }));
  expect(await screen.findByText("has read 7 of 12 messages.", { exact: false })).toBeInTheDocument();
  await user.click(screen.getByRole("button", { name: "Pause" }));
  await waitFor(() => expect(backend.backlogs[0]?.paused).toBe(true));
  await user.click(await screen.findByRole("button", { name: "Go on" }));
  await waitFor(() => expect(backend.backlogs[0]?.paused).toBe(false));
});

test("nothing is said when all is read", async () => {
  renderOver(new FakeBackend({ loaded: true }), "/");
  await screen.findByRole("button", { name: /^Mark audited/ });
  expect(screen.queryByRole("button", { name: /^Reading/ })).not.toBeInTheDocument();
});
