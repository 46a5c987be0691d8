import { screen, waitFor, within } from "@testing-library/react";
import { expect, test } from "vitest";
import { FakeBackend } from "@testing/fake-backend";
import { renderApp, renderOver } from "@testing/render";

const at = (position: string) => screen.findByText(`Message ${position}`);
const ready = () => screen.findByRole("button", { name: /^Mark audited/ });

test("an empty larder teaches the first steps, and the sample fills it", async () => {
  const { user } = renderApp("/", { size: 5 });
  await user.click(await screen.findByRole("button", { name: "Load the sample" }));
  expect(await screen.findByRole("progressbar", { name: "Import progress" })).toBeInTheDocument();
  expect(await at("1 / 5")).toBeInTheDocument();
});

test("a chosen file is imported", async () => {
  const { user } = renderApp("/", { size: 5 });
  const file = new File(['{"id": "1", "text": "2 cases kale"}'], "messages.jsonl");
  await user.upload(await screen.findByLabelText("File to import"), file);
  expect(await at("1 / 5")).toBeInTheDocument();
});

test("Enter confirms the reading as it is and goes on", async () => {
  const { user, backend } = renderApp("/");
  await at("1 / 12");
  await ready();
  await user.keyboard("{Enter}");
  expect(await at("2 / 12")).toBeInTheDocument();
  await waitFor(() => expect(backend.audits).toHaveLength(1));
  expect(backend.audits[0]).toMatchObject({ decision: "confirmed", draft_method: "regex", draft_version: "1", revision: 1 });
  expect(await screen.findByText("Message 1 confirmed.")).toBeInTheDocument();
});

test("an edited reading is saved as corrected", async () => {
  const { user, backend } = renderApp("/");
  await ready();
  const dropOff = screen.getByLabelText("Drop-off");
  await user.clear(dropOff);
  await user.type(dropOff, "Lantern Street Fridge");
  expect(screen.getByText("Edited")).toBeInTheDocument();
  await user.click(await ready());
  await waitFor(() => expect(backend.audits).toHaveLength(1));
  expect(backend.audits[0]).toMatchObject({ decision: "corrected", extraction: { drop_off_location: "Lantern Street Fridge" } });
});

test("items can be added, changed and deleted", async () => {
  const { user, backend } = renderApp("/");
  await ready();
  await user.keyboard("j");
  await at("2 / 12");
  const deletes = await screen.findAllByRole("button", { name: /^Delete / });
  await user.click(screen.getAllByRole("button", { name: "Add item" })[0]!);
  expect(screen.getByLabelText("Quantity, new item")).toHaveFocus();
  await user.keyboard("1/2{Tab}case{Tab}plums");
  await user.click(deletes[0]!);
  await user.keyboard("{Control>}{Enter}{/Control}");
  await waitFor(() => expect(backend.audits).toHaveLength(1));
  const items = backend.audits[0]?.extraction?.sections.flatMap((section) => section.items) ?? [];
  expect(items.at(-1)).toMatchObject({ name: "plums", quantity: 0.5, unit: "case" });
  expect(items).toHaveLength(deletes.length);
});

test("the first item of a message without any takes the cursor, too", async () => {
  const { user, backend } = renderApp("/");
  await ready();
  for (const button of screen.queryAllByRole("button", { name: /^Delete / })) await user.click(button);
  await user.click(screen.getByRole("button", { name: "Add item" }));
  await user.keyboard("3{Tab}case{Tab}sunchokes");
  expect(await screen.findByLabelText("Name, sunchokes")).toHaveFocus();
  expect(backend.audits).toHaveLength(0);
});

test("a wrong quantity is explained and nothing is sent", async () => {
  const { user, backend } = renderApp("/");
  await ready();
  await user.keyboard("j");
  await at("2 / 12");
  const quantity = (await screen.findAllByLabelText(/^Quantity, /))[0]!;
  await user.clear(quantity);
  await user.type(quantity, "lots");
  await user.click(await ready());
  expect(await screen.findByRole("alert")).toHaveTextContent("Write a number such as 2, 2.5 or 1/2.");
  expect(quantity).toHaveAttribute("aria-invalid", "true");
  expect(backend.audits).toHaveLength(0);
});

test("single keys do nothing while a person types", async () => {
  const { user, backend } = renderApp("/");
  await ready();
  await user.type(screen.getByLabelText("Rescue location"), "jasmuek{Enter}");
  expect(screen.getByText("Message 1 / 12")).toBeInTheDocument();
  await user.keyboard("{Escape}j");
  expect(await at("2 / 12")).toBeInTheDocument();
  expect(backend.audits).toHaveLength(0);
});

test("S skips, U takes it back, J and K walk", async () => {
  const { user, backend } = renderApp("/");
  await ready();
  await user.keyboard("s");
  await at("2 / 12");
  await waitFor(() => expect(backend.audits[0]).toMatchObject({ decision: "skipped", extraction: null }));
  await user.keyboard("u");
  await at("1 / 12");
  await user.keyboard("jjk");
  expect(await at("2 / 12")).toBeInTheDocument();
});

test("an audit is undone across messages and stays audited nowhere", async () => {
  const { user, backend } = renderApp("/");
  await ready();
  await user.keyboard("a");
  await at("2 / 12");
  await waitFor(() => expect(backend.audits).toHaveLength(1));
  await user.keyboard("u");
  await at("1 / 12");
  await waitFor(() => expect([...backend.records.values()][0]?.audit).toBeNull());
  expect(await screen.findByRole("button", { name: /^Mark audited/ })).toBeInTheDocument();
});

test("offline audits are kept, said, and sent once the line is back", async () => {
  const { user, backend } = renderApp("/");
  await ready();
  await user.keyboard("j");
  await at("2 / 12");
  await ready();
  backend.isDown = true;
  await user.keyboard("{Enter}");
  await waitFor(() => expect(screen.getByRole("status", { name: "Save state" })).toHaveTextContent("Offline - 1 kept here"));
  backend.isDown = false;
  window.dispatchEvent(new Event("online"));
  await waitFor(() => expect(screen.getByRole("status", { name: "Save state" })).toHaveTextContent("Saved"));
  expect(backend.audits).toHaveLength(1);
});

test("a stale audit is refused in a sentence and its message can be opened", async () => {
  const { user, backend } = renderApp("/");
  await ready();
  const [first] = backend.records.values();
  if (first) backend.records.set(first.id, { ...first, revision: 2 });
  await user.keyboard("{Enter}");
  expect(await screen.findByText(/The message was edited on Slack in the meantime/)).toBeInTheDocument();
  await user.click(screen.getByRole("button", { name: "Open the message" }));
  expect(await at("1 / 12")).toBeInTheDocument();
});

test("the filter and the search choose the messages", async () => {
  const { user, backend } = renderApp("/");
  await ready();
  await user.keyboard("{Enter}");
  await waitFor(() => expect(backend.audits).toHaveLength(1));
  await user.click(screen.getByRole("radio", { name: "Audited" }));
  expect(await at("1 / 1")).toBeInTheDocument();
  expect(await screen.findByText("Audited reading")).toBeInTheDocument();
  await user.click(screen.getByRole("radio", { name: "All" }));
  await at("1 / 12");
  await user.type(screen.getByRole("searchbox", { name: "Search messages" }), "no such words");
  expect(await screen.findByText("No message matches")).toBeInTheDocument();
});

test("the end of the walk says what to do next", async () => {
  const { user } = renderApp("/", { loaded: true, size: 1 });
  await ready();
  await user.keyboard("{Enter}");
  expect(await screen.findByText("Every message is audited")).toBeInTheDocument();
  expect(screen.getByRole("button", { name: "Train the model" })).toBeInTheDocument();
});

test("the method can be chosen only when a model is active", async () => {
  const { backend } = renderApp("/");
  await ready();
  expect(screen.queryByRole("group", { name: "Extraction method" })).not.toBeInTheDocument();
  backend.addModel("v1");
  expect(await screen.findByRole("group", { name: "Extraction method" }, { timeout: 4_000 })).toBeInTheDocument();
  expect(await screen.findByText("Read by PEFT v1", {}, { timeout: 4_000 })).toBeInTheDocument();
});

test("compared, a side is taken field by field, and the result counts as that reader's", async () => {
  const backend = new FakeBackend({ loaded: true });
  backend.addModel("v1");
  const { user } = renderOver(backend, "/");
  await ready();
  await user.click(screen.getByRole("radio", { name: "Compare both" }));
  await user.keyboard("jj");
  await at("3 / 12");
  const table = await screen.findByRole("region", { name: "Comparison" });
  const dropOff = within(table).getByRole("group", { name: "Drop-off differs" });
  const [regex, peft] = within(dropOff).getAllByRole("radio");
  expect(peft).toBeChecked();
  await user.click(regex!);
  expect(screen.getByLabelText("Drop-off")).toHaveValue("");
  await user.keyboard("{Enter}");
  await waitFor(() => expect(backend.audits[0]).toMatchObject({ decision: "confirmed", draft_method: "regex" }));
});

test("evidence of an item stands out while its row has the focus", async () => {
  const { user, container } = renderApp("/");
  await ready();
  await user.keyboard("j");
  await at("2 / 12");
  await user.click((await screen.findAllByLabelText(/^Name, /))[0]!);
  expect(container.querySelector('mark[data-active="true"][data-kind="name"]')).not.toBeNull();
});

test("? shows the keys", async () => {
  const { user } = renderApp("/");
  await ready();
  await user.keyboard("?");
  expect(await screen.findByRole("dialog", { name: "Keys" })).toBeInTheDocument();
});

test("a dead service is said in the header, and the page lives on", async () => {
  const { backend } = renderApp("/");
  await ready();
  backend.isDown = true;
  await waitFor(() => expect(screen.getByRole("status", { name: "Connection" })).toHaveTextContent("Not connected"), { timeout: 4_000 });
  expect(screen.getByRole("button", { name: /^Mark audited/ })).toBeInTheDocument();
});
