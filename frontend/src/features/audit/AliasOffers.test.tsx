import { screen, waitFor } from "@testing-library/react";
import { expect, test } from "vitest";
import { renderApp } from "@testing/render";

async function correctFirst(taken: string | null = null) {
  const rendered = renderApp("/");
  const { user, backend } = rendered;
  const id = [...backend.records.keys()][0]!;
  const other = [...backend.records.values()][1]!;
  const fix = { id: other.id, text: "BH took 2 cases kale", author: other.author, posted_at: other.posted_at, audited: false };
  backend.offers.set(id, [{ spelling: "BH", place: "Boathouse", taken_by: taken, unaudited: 1, audited: 0, fixes: [fix] }]);
  await screen.findByRole("button", { name: /^Mark audited/ });
  const dropOff = screen.getByLabelText("Drop-off");
  await user.clear(dropOff);
  await user.type(dropOff, "Boathouse");
  await user.click(screen.getByRole("button", { name: /Mark audited/ }));
  return rendered;
}

test("a correction offers the spelling it taught, and adds it", async () => {
  const { user, backend } = await correctFirst();
  expect(await screen.findByText(/Is “BH” always Boathouse\? It also fixes 1 other message/)).toBeInTheDocument();
  await user.click(screen.getByRole("button", { name: "Add the spelling" }));
  await waitFor(() => expect(backend.directory.Boathouse?.aliases).toContain("BH"));
  expect(await screen.findByText(/“BH” now names Boathouse/)).toBeInTheDocument();
});

test("a spelling of another place is not added from here", async () => {
  await correctFirst("Dunmore Dairy");
  expect(await screen.findByText(/“BH” names Dunmore Dairy in the directory/)).toBeInTheDocument();
  expect(screen.queryByRole("button", { name: "Add the spelling" })).not.toBeInTheDocument();
});
