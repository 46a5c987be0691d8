/** The queue of the fake backend: one filter, one order, page after page. */
import type { RecordDetail, RecordPage } from "@/client/types";

export const isAudited = ({ audit }: Pick<RecordDetail, "audit">) =>
  audit?.decision === "confirmed" || audit?.decision === "corrected";

const SHOWS: Record<string, (record: RecordDetail) => boolean> = {
  unaudited: (record) => !isAudited(record),
  audited: isAudited,
  look: ({ reasons }) => reasons.length > 0,
  second: () => false,
};

export function pageOf(records: readonly RecordDetail[], query: URLSearchParams): RecordPage {
  const shows = SHOWS[query.get("audit") ?? "all"];
  const q = (query.get("q") ?? "").toLowerCase();
  const channel = query.get("channel");
  const found = records.filter(
    (record) => (shows?.(record) ?? true) && record.text.toLowerCase().includes(q) && (!channel || record.channel === channel),
  );
  if (query.get("order") === "newest") found.reverse();
  if (query.get("order") === "risk") found.sort((a, b) => b.risk - a.risk);
  const after = query.get("after");
  const from = after ? found.findIndex(({ id }) => id === after) + 1 : 0;
  const items = found.slice(from, from + Number(query.get("limit") ?? 50)).map(summary);
  return { total: found.length, more_than_total: false, items, next: items.at(-1)?.id ?? null };
}

function summary(record: RecordDetail): RecordPage["items"][number] {
  const { id, revision, channel, author, posted_at, text, risk, reasons, held_by, audit } = record;
  const decision = audit && audit.decision !== "undone" ? audit.decision : null;
  return { id, revision, channel, author, posted_at, text, risk, reasons, held_by, audited: isAudited(record), decision };
}
