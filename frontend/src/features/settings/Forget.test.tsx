import { screen } from "@testing-library/react";
import { expect, test } from "vitest";
import { renderApp } from "@testing/render";

test("a person is forgotten only after a look at how much that is", async () => {
  const { user, backend } = renderApp("/settings");
  await user.type(await screen.findByLabelText("Whose messages to delete"), "Ana Reyes");
  await user.click(screen.getByRole("button", { name: "Forget…" }));
  expect(await screen.findByRole("dialog", { name: "Forget Ana Reyes?" })).toHaveTextContent("3 messages, 2 records");
  await user.click(screen.getByRole("button", { name: "Cancel" }));
  expect(backend.forgotten).toEqual([]);
  await user.click(screen.getByRole("button", { name: "Forget…" }));
  await user.click(await screen.findByRole("button", { name: "Delete for ever" }));
  expect(await screen.findByText(/^Deleted: 3 messages/)).toHaveTextContent("v1 learned from them");
  expect(backend.forgotten).toEqual(["Ana Reyes"]);
});
