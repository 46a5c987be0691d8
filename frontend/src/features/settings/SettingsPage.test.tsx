import { screen, waitFor } from "@testing-library/react";
import { expect, test } from "vitest";
import { renderApp } from "@testing/render";
import { TABLES } from "@testing/fake-data";
import { problemOf, toDirectory, toRows } from "./places";
import { tablesProblem, toTableRows, toTables } from "./tables";

test("a place is added with its aliases and saved", async () => {
  const { user, backend } = renderApp("/settings");
  await screen.findByDisplayValue("Boathouse");
  await user.click(screen.getByRole("button", { name: "Add place" }));
  await user.type(screen.getByLabelText("Name of new place"), "Corner Grocer");
  await user.type(screen.getByLabelText("Aliases of Corner Grocer"), "the grocer, CG, ");
  await user.click(screen.getAllByRole("checkbox", { name: "Rescue" })[0]!);
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

test("tables are saved only after a look at what they change", async () => {
  const { user, backend } = renderApp("/settings");
  backend.preview = {
    records: 3,
    items: 4,
    pounds_before: 100,
    pounds_after: 140,
    by_subcategory: [{ name: "Dairy", pounds_before: 60, pounds_after: 100, items_before: 4, items_after: 4 }],
  };
  await user.click(await screen.findByText(/^Subcategories, /));
  const pounds = screen.getByLabelText("Pounds of Dairy");
  await user.clear(pounds);
  await user.type(pounds, "case 25, half gallon 4.3");
  expect(screen.queryByRole("button", { name: "Save tables" })).not.toBeInTheDocument();
  await user.click(screen.getByRole("button", { name: "See what changes" }));
  expect(await screen.findByText(/4 items in 3 audited messages change/)).toHaveTextContent("100 lb becomes 140 lb");
  expect(backend.tables.categories[1]?.lbs_per_unit).toEqual({ case: 15 });
  await user.click(screen.getByRole("button", { name: "Save tables" }));
  await waitFor(() => expect(backend.tables.categories[1]?.lbs_per_unit).toEqual({ case: 25, "half gallon": 4.3 }));
});

test("a change behind a preview asks for another one", async () => {
  const { user } = renderApp("/settings");
  await user.click(await screen.findByText(/^Weights by item, /));
  await user.type(screen.getByLabelText("Pounds of milk"), ", case 36");
  await user.click(screen.getByRole("button", { name: "See what changes" }));
  await screen.findByRole("button", { name: "Save tables" });
  await user.type(screen.getByLabelText("Pounds of milk"), " kg");
  expect(screen.getByText(/“case 36 kg” in milk is no weight/)).toBeInTheDocument();
  expect(screen.getByRole("button", { name: "See what changes" })).toBeDisabled();
});

test("a file's places are shown before they are saved", async () => {
  const { user, backend } = renderApp("/settings");
  await screen.findByDisplayValue("Boathouse");
  const written = JSON.stringify({ "New Market": { aliases: ["nm"], kind: ["rescue"] } });
  const file = Object.assign(new File([written], "places.json"), { text: () => Promise.resolve(written) });
  await user.upload(screen.getByLabelText("File with the directory"), file);
  expect(await screen.findByDisplayValue("New Market")).toBeInTheDocument();
  expect(backend.directory).not.toHaveProperty("New Market");
  await user.click(screen.getByRole("button", { name: "Save directory" }));
  await waitFor(() => expect(Object.keys(backend.directory)).toEqual(["New Market"]));
});

test("the tables survive their rows", () => {
  expect(toTables(toTableRows(TABLES))).toEqual(TABLES);
});

test("doubled, nameless and wordless rows are refused", () => {
  const rows = toTableRows(TABLES);
  const [first, second] = rows.categories;
  expect(tablesProblem({ ...rows, categories: [first!, { ...second!, name: "produce" }] })).toMatch(/stands there twice/);
  expect(tablesProblem({ ...rows, categories: [{ ...first!, keywords: " , " }] })).toMatch(/has no words/);
  expect(tablesProblem({ ...rows, items: [{ id: 0, name: " ", weights: "" }] })).toMatch(/has no name/);
  expect(tablesProblem({ ...rows, units: "case -3" })).toMatch(/is no weight/);
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
