import type { FakeBackend } from "./fake-backend";

/** Confirms the regex reading of the first `count` records. */
export async function confirmAll(backend: FakeBackend, count: number): Promise<void> {
  for (const record of [...backend.records.values()].slice(0, count)) {
    const { regex } = record.readings;
    const body = { key: record.id, revision: 1, decision: "confirmed", extraction: regex?.extraction, draft_method: "regex", draft_version: "1" };
    const url = `http://larder/api/records/${encodeURIComponent(record.id)}/audits`;
    await backend.handle(new Request(url, { method: "POST", body: JSON.stringify(body) }));
  }
}
