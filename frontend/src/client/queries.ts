/** The queries that more than one feature reads. Each feature keeps its own beside its screens. */
import { queryOptions, useQuery } from "@tanstack/react-query";
import { auditApi } from "./client";
import { unwrap } from "./errors";

const STATUS_INTERVAL_MS = typeof EventSource === "undefined" ? 2_000 : 5_000;

/** Live updates ask for it sooner; polled all the same, to notice a server that is gone. Not while the page is hidden. */
export const statusQuery = queryOptions({
  queryKey: ["status"],
  queryFn: ({ signal }) => unwrap(auditApi.GET("/api/status", { signal })),
  refetchInterval: STATUS_INTERVAL_MS,
  retry: false,
});

export const directoryQuery = queryOptions({
  queryKey: ["directory"],
  queryFn: ({ signal }) => unwrap(auditApi.GET("/api/directory", { signal })),
  staleTime: 60_000,
});

export const tablesQuery = queryOptions({
  queryKey: ["tables"],
  queryFn: ({ signal }) => unwrap(auditApi.GET("/api/tables", { signal })),
  staleTime: 60_000,
});

export const useStatus = () => useQuery(statusQuery);
