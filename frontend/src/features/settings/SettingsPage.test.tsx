import { screen, waitFor } from "@testing-library/react";
import { expect, test } from "vitest";
import { renderApp } from "@testing/render";
import { problemOf, toDirectory, toRows } from "./places";

test("a place is added with its aliases and saved", async () => {
  const { user, backend } = renderApp("/settings");
  await screen.findByDisplayValue("Boathouse");
  await user.click(screen.getByRole("button", { name: "Add place" }));
  await user.type(screen.getByLabelText("Name of new place"), "Corner Grocer");
  await user.type(screen.getByLabelText("Aliases of Corner Grocer"), "the grocer, CG, ");
  await user.click(screen.getAllByRole("checkbox", { name: "Rescue" }).at(-1)!);
  await user.click(screen.getByRole("button", { name: "Save directory" }));
  await waitFor(() => expect(backend.directory["Corner Grocer"]).toEqual({ aliases: ["the grocer", "CG"], kind: ["rescue"] }));
});

test("a place is deleted only when it is saved", async () => {
  const { user, backend } = renderApp("/settings");
  await user.click(await screen.findByRole("button", { name: "Delete Dunmore Dairy" }));
  expect(backend.directory).toHaveProperty("Dunmore Dairy");
  await user.click(screen.getByRole("button", { name: "Save directory" }));
  await waitFor(() => expect(backend.directory).not.toHaveProperty("Dunmore Dairy"));
});

test("nothing can be changed before the directory is there, since saving replaces all of it", async () => {
  renderApp("/settings");
  expect(await screen.findByRole("button", { name: "Add place" })).toBeDisabled();
  await screen.findByDisplayValue("Boathouse");
  expect(screen.getByRole("button", { name: "Add place" })).toBeEnabled();
});

test("the tables can be read", async () => {
  const { user } = renderApp("/settings");
  await user.click(await screen.findByText(/^Subcategories, /));
  expect(screen.getByText(/apple, banana, lettuce, potato/)).toBeInTheDocument();
});

test("the directory survives its rows", () => {
  const directory = { Home: { aliases: ["base"], kind: ["home" as const] }, Shop: { aliases: [], kind: [] } };
  expect(toDirectory(toRows(directory))).toEqual(directory);
});

test("two homes, doubled names and nameless aliases are refused", () => {
  const row = { id: 0, name: "A", aliases: "", kind: ["home" as const] };
  expect(problemOf([row, { ...row, id: 1, name: "B" }])).toMatch(/Only one place can be home/);
  expect(problemOf([row, { ...row, id: 1, kind: [] }])).toMatch(/stands there twice/);
  expect(problemOf([{ ...row, name: "", aliases: "x" }])).toMatch(/aliases and no name/);
});
