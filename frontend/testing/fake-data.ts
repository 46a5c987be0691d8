/** What the fake backend tells of runs, scores and tables. */
import type { Run, RunState, Tables } from "@/client/types";

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
};

export const TABLES: Tables = {
  categories: [
    { name: "Produce", keywords: ["apple", "banana", "lettuce", "potato"], exceptions: [], lbs_per_unit: { case: 25 } },
    { name: "Dairy", keywords: ["milk", "yogurt", "cheese"], exceptions: ["milk chocolate"], lbs_per_unit: { case: 15 } },
  ],
  item_units: { milk: { gallon: 8.6 } },
  units: { lb: 1, case: 18, box: 15, pallet: 800, bag: 8 },
};
