import { queryOptions } from "@tanstack/react-query";
import { trainer } from "@/client/client";
import { unwrap } from "@/client/errors";
import type { AutopilotSettings, Run, RunState, RunTarget } from "@/client/types";

const FINAL: readonly RunState[] = ["done", "failed", "cancelled"];
const POLL_MS = 2_000;
const QUIET_POLL_MS = 10_000;

export const isFinal = (state: RunState): boolean => FINAL.includes(state);

/** Publishing and releasing cannot be taken back. */
export const isCancellable = (run: Run): boolean =>
  !isFinal(run.state) && !run.cancel_requested && run.state !== "publishing" && run.state !== "releasing";

export const runsQuery = queryOptions({
  queryKey: ["runs"],
  queryFn: async ({ signal }) => (await unwrap(trainer.GET("/runs", { signal }))).items,
  refetchInterval: ({ state }) => (state.data?.some((run) => !isFinal(run.state)) ? POLL_MS : QUIET_POLL_MS),
});

export function logQuery(id: string, isLive: boolean) {
  return queryOptions({
    queryKey: ["run-log", id, isLive],
    queryFn: ({ signal }) =>
      unwrap(trainer.GET("/runs/{run_id}/log", { params: { path: { run_id: id } }, parseAs: "text", signal })),
    refetchInterval: isLive ? POLL_MS : false,
  });
}

/** What a run there would do and cost, at this moment's prices. */
export function planQuery(target: RunTarget) {
  return queryOptions({
    queryKey: ["run-plan", target],
    queryFn: ({ signal }) => unwrap(trainer.GET("/runs/plan", { params: { query: { target } }, signal })),
    staleTime: 30_000,
    retry: false,
  });
}

/** The key makes a second click on the same button the same run. */
export function startRun(version: string | null, target: RunTarget, key: string): Promise<Run> {
  return unwrap(trainer.POST("/runs", { body: { version, target, key } }));
}

export const autopilotQuery = queryOptions({
  queryKey: ["autopilot"],
  queryFn: ({ signal }) => unwrap(trainer.GET("/runs/autopilot", { signal })),
  refetchInterval: 60_000,
});

export const setAutopilot = (settings: AutopilotSettings) => unwrap(trainer.PUT("/runs/autopilot", { body: settings }));

export function cancelRun(id: string): Promise<Run> {
  return unwrap(trainer.POST("/runs/{run_id}/cancel", { params: { path: { run_id: id } } }));
}
