/** What the fake backend tells of runs, scores and tables. */
import type { Forgotten, Run, RunState, Tables } from "@/client/types";

export const SESSION = { mode: "single-user", me: { name: "local", role: "admin", must_change_password: false }, slack_sign_in: false };

export const MODEL_STATES: readonly RunState[] = ["requested", "dataset_frozen", "launching", "uploading", "training", "downloading", "publishing", "releasing", "done"];

export const STEPS = 120;
const TRAINING_TICKS = 12;
const TRAINING_FROM = 4;
export const lossAt = (step: number) => Math.round((0.18 + 1.9 * Math.exp(-step / 28) + 0.06 * Math.sin(step * 1.7)) * 1000) / 1000;

export function stateAt(ticks: number): RunState {
  const index = ticks < TRAINING_FROM ? Math.floor(ticks) : Math.max(TRAINING_FROM, Math.floor(ticks) - TRAINING_TICKS);
  return MODEL_STATES[Math.min(index, MODEL_STATES.length - 1)] ?? "done";
}

export function progressAt(ticks: number): Run["progress"] {
  const share = Math.min(1, (ticks - TRAINING_FROM) / TRAINING_TICKS);
  const step = Math.round(share * STEPS);
  if (step <= 0) return {};
  return { step, steps: STEPS, loss: lossAt(step), tokens_per_second: 8450, eta_seconds: (1 - share) * 95 };
}

const score = (direction: number, rescue_location: number, drop_off_location: number, lenient: number, exact: number, all_exact: number, pounds_error: number) => ({
  direction,
  rescue_location,
  drop_off_location,
  items_lenient: { precision: lenient + 0.02, recall: lenient - 0.02, f1: lenient },
  items_exact: { precision: exact, recall: exact, f1: exact },
  all_exact,
  pounds_error,
});

export const SCORES = {
  regex: score(0.84, 0.79, 0.66, 0.812, 0.701, 0.42, 0.21),
  base: score(0.81, 0.75, 0.7, 0.778, 0.69, 0.4, 0.26),
  candidate: score(0.93, 0.9, 0.86, 0.901, 0.842, 0.64, 0.09),
  combined: score(0.95, 0.91, 0.87, 0.915, 0.861, 0.68, 0.08),
};

/** What an evaluation says of the combined reading's confidence, as the service stores it. */
export const CONFIDENCE = {
  fields: {
    direction: trust(76, 0.04, [[0.7, 0.8, 20, 0.76, 0.7], [0.9, 1, 56, 0.95, 0.96]]),
    rescue_location: trust(76, 0.05, [[0.8, 0.9, 76, 0.87, 0.9]]),
    drop_off_location: trust(76, 0.06, [[0.8, 0.9, 76, 0.85, 0.84]]),
    item: trust(310, 0.02, [[0.5, 0.6, 22, 0.55, 0.5], [0.8, 0.9, 70, 0.86, 0.84], [0.9, 1, 218, 0.96, 0.97]]),
    message: trust(76, 0.08, [[0.2, 0.3, 12, 0.26, 0.33], [0.5, 0.6, 24, 0.55, 0.5], [0.8, 0.9, 40, 0.85, 0.9]]),
  },
  curve: [
    { threshold: 0.93, coverage: 0.1, risk: 0 },
    { threshold: 0.88, coverage: 0.3, risk: 0 },
    { threshold: 0.7, coverage: 0.6, risk: 0.08 },
    { threshold: 0.2, coverage: 1, risk: 0.32 },
  ],
  acceptance: { precision: 0.99, threshold: 0.88, share: 0.3, interval: [0.18, 0.41], accepted: 23, wrong: 0, at_least: 0.878 },
};

export const CHANGES = {
  compared: 4,
  better: 1,
  worse: 1,
  items: [
    {
      record_id: "r1",
      text: "2 cases kale from Aldi",
      differences: [
        { field: "direction", before: "outbound", after: "inbound", before_right: false, after_right: true },
        { field: "item", before: "2 case kale", after: null, before_right: true, after_right: false },
      ],
    },
  ],
};

const stretch = (number: number, version: string, since: string, until: string | null) => ({ number, version, by: "gate", why: "Not worse in any field.", rollback: false, since, until });

const STRETCHES = [stretch(2, "v2", "2026-03-03T12:00:00Z", null), stretch(1, "v1", "2026-03-01T08:00:00Z", "2026-03-03T12:00:00Z")];

/** A day shows the first of them alone. */
export const stretches = (url: string) => (new URL(url).searchParams.has("since") ? STRETCHES.slice(1) : STRETCHES);

function trust(count: number, calibration_error: number, bins: number[][]) {
  const names = ["low", "high", "count", "confidence", "right"];
  return { count, calibration_error, brier: 0.05, bins: bins.map((bin) => Object.fromEntries(names.map((name, i) => [name, bin[i]]))) };
}

export const TABLES: Tables = {
  categories: [
    { name: "Produce", keywords: ["apple", "banana", "lettuce", "potato"], exceptions: [], lbs_per_unit: { case: 25 } },
    { name: "Dairy", keywords: ["milk", "yogurt", "cheese"], exceptions: ["milk chocolate"], lbs_per_unit: { case: 15 } },
  ],
  item_units: { milk: { gallon: 8.6 } },
  units: { lb: 1, case: 18, box: 15, pallet: 800, bag: 8 },
};

export const FORGOTTEN: Forgotten = { messages: 3, records: 2, readings: 4, audits: 1, dataset_rows: 1, mentions: 2, versions: ["v1"] };
