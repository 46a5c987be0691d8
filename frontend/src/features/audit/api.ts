import { queryOptions } from "@tanstack/react-query";
import { auditApi } from "@/client/client";
import { isTransient, unwrap } from "@/client/errors";
import type { Presence, RecordDetail } from "@/client/types";
import { startOfDay } from "@/components/format";
import type { Outgoing } from "./outbox";

export type AuditFilter = "unaudited" | "all" | "audited" | "look" | "second";
export type Order = "oldest" | "newest" | "risk" | "random";

/** What the walk is over; an empty word chooses nothing. Days are of the reader's own calendar, both included. */
export interface Filter {
  audit: AuditFilter;
  order: Order;
  q: string;
  channel: string;
  place: string;
  since: string;
  until: string;
}

export const PAGE_SIZE = 50;
const READING_INTERVAL_MS = 1_500;

/** The page behind the cursor `after`; the first one when it is empty. */
export function fetchRecords(filter: Filter, after: string) {
  const { audit, order, q, channel, place, since, until } = filter;
  const words = Object.fromEntries(Object.entries({ q, channel, place, after }).filter(([, value]) => value));
  const days = { ...(since ? { since: startOfDay(since) } : {}), ...(until ? { until: startOfDay(until, 1) } : {}) };
  return unwrap(auditApi.GET("/api/records", { params: { query: { audit, order, limit: PAGE_SIZE, ...words, ...days } } }));
}

export const filtersQuery = queryOptions({
  queryKey: ["filters"],
  queryFn: ({ signal }) => unwrap(auditApi.GET("/api/records/filters", { signal })),
  staleTime: 60_000,
});

/** One record; asked again while a reading that should come is still missing, and while the server cannot be reached. */
export function recordQuery(id: string, activeVersion: string | null) {
  return queryOptions({
    queryKey: ["record", id],
    queryFn: ({ signal }) => unwrap(auditApi.GET("/api/records/{id}", { params: { path: { id } }, signal })),
    refetchInterval: ({ state: { data, error } }) => {
      const waits = data ? isStillRead(data, activeVersion) : isTransient(error);
      return waits ? READING_INTERVAL_MS : false;
    },
    staleTime: 60_000, // a live update says sooner when it changed
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
  if (outgoing.kind === "opinion") {
    return unwrap(auditApi.POST("/api/records/{id}/opinions", { params, body: outgoing.body }));
  }
  return unwrap(auditApi.POST("/api/records/{id}/audits", { params, body: outgoing.body }));
}

export function historyQuery(id: string) {
  return queryOptions({
    queryKey: ["record", id, "history"],
    queryFn: ({ signal }) => unwrap(auditApi.GET("/api/records/{id}/history", { params: { path: { id } }, signal })),
  });
}

export function holdRecord(holder: string, recordId: string): Promise<Presence[]> {
  return unwrap(auditApi.PUT("/api/leases/{holder}", { params: { path: { holder } }, body: { record_id: recordId } }));
}

/** Also sent while the window closes. */
export function releaseRecord(holder: string): void {
  void fetch(`/api/leases/${holder}`, { method: "DELETE", keepalive: true }).catch(() => undefined);
}

export const leasesQuery = queryOptions({
  queryKey: ["leases"],
  queryFn: ({ signal }) => unwrap(auditApi.GET("/api/leases", { signal })),
});

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
