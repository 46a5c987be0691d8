import type { Plan, Run, RunTarget } from "@/client/types";

/** A run as it is when it was just asked for. */
export function newRun(number: number, version: string | null, at: string): Run {
  return {
    id: `run-${number}`,
    version: version ?? `v${number}`,
    target: "local",
    base: "larder-tiny",
    state: "requested",
    reason: null,
    reason_code: null,
    cancel_requested: false,
    progress: {},
    dataset: null,
    by: "person",
    rentals: [],
    cost_cents: 0,
    stages: [],
    history: [{ state: "requested", at }],
    created_at: at,
    finished_at: null,
  };
}

export function planOf(target: RunTarget, audited: number): Plan {
  const isRented = target === "lambda";
  return {
    target,
    base: "larder-tiny",
    audited,
    needed: 10,
    machine: isRented ? "1x A10 (24 GB PCIe) (gpu_1x_a10)" : "this computer",
    region: isRented ? "us-east-1" : null,
    cents_per_hour: isRented ? 129 : null,
    expected_seconds: 320,
    expected_cents: isRented ? 11.4 : 0,
    max_cents: isRented ? 200 : 0,
    problem: target === "ssh" ? "Your own host is not set up: set LARDER_SSH_HOST." : null,
  };
}
