import { queryOptions } from "@tanstack/react-query";
import { auditApi } from "@/client/client";
import { unwrap } from "@/client/errors";
import type { RecordDetail } from "@/client/types";
import type { Outgoing } from "./outbox";

export type AuditFilter = "unaudited" | "all" | "audited";
export type Order = "oldest" | "newest";

export interface Filter {
  audit: AuditFilter;
  order: Order;
  q: string;
}

export const PAGE_SIZE = 50;
const READING_INTERVAL_MS = 1_500;

export function fetchRecords(filter: Filter, offset: number) {
  const { audit, order, q } = filter;
  const query = { audit, order, limit: PAGE_SIZE, offset, ...(q ? { q } : {}) };
  return unwrap(auditApi.GET("/api/records", { params: { query } }));
}

/** One record; asked again while a reading that should come is still missing. */
export function recordQuery(id: string, activeVersion: string | null) {
  return queryOptions({
    queryKey: ["record", id],
    queryFn: ({ signal }) => unwrap(auditApi.GET("/api/records/{id}", { params: { path: { id } }, signal })),
    refetchInterval: ({ state }) => (state.data && isStillRead(state.data, activeVersion) ? READING_INTERVAL_MS : false),
    staleTime: 15_000,
  });
}

/** A reading that failed for good will not come by waiting. */
export function isStillRead({ readings, failures }: RecordDetail, activeVersion: string | null): boolean {
  const isRegexDue = !readings.regex && !failures.regex;
  const isPeftDue = activeVersion !== null && readings.peft?.version !== activeVersion && !failures.peft;
  return isRegexDue || isPeftDue;
}

export function sendDecision(outgoing: Outgoing): Promise<unknown> {
  const params = { path: { id: outgoing.recordId } };
  if (outgoing.kind === "undo") {
    return unwrap(auditApi.POST("/api/records/{id}/audits/undo", { params, body: outgoing.body }));
  }
  return unwrap(auditApi.POST("/api/records/{id}/audits", { params, body: outgoing.body }));
}

export function importFile(file: File): Promise<{ id: string }> {
  const form = new FormData();
  form.append("file", file, file.name);
  const call = auditApi.POST("/api/imports", {
    params: { query: { kind: "auto" } },
    body: { file: file.name },
    bodySerializer: () => form,
  });
  return unwrap(call);
}

export const importSample = (): Promise<{ id: string }> => unwrap(auditApi.POST("/api/imports/sample"));

export function importQuery(id: string | null) {
  return queryOptions({
    queryKey: ["import", id],
    queryFn: () => unwrap(auditApi.GET("/api/imports/{id}", { params: { path: { id: id ?? "" } } })),
    enabled: id !== null,
    refetchInterval: ({ state }) => (state.data && state.data.state !== "running" ? false : 500),
  });
}
