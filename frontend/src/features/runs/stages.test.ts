import { expect, test } from "vitest";
import type { Run, RunState } from "@/client/types";
import { stageStates } from "./stages";

function run(...states: RunState[]): Run {
  const at = "2025-03-03T10:00:00Z";
  const history = states.map((state) => ({ state, at }));
  return {
    id: "r", version: "v1", target: "local", base: "larder-tiny", state: states.at(-1) ?? "requested", reason: null, reason_code: null,
    cancel_requested: false, progress: {}, dataset: null, by: "person", rentals: [], cost_cents: 0, stages: [], history, created_at: at, finished_at: null,
  };
}

test("a training run is in its fourth stage", () => {
  expect(stageStates(run("requested", "dataset_frozen", "launching", "training"))).toEqual(["done", "done", "done", "now", "ahead", "ahead", "ahead"]);
});

test("a finished run is through all of them", () => {
  expect(new Set(stageStates(run("requested", "releasing", "done")))).toEqual(new Set(["done"]));
});

test("a failed run stopped where it was before its machine was released", () => {
  expect(stageStates(run("requested", "launching", "training", "releasing", "failed"))).toEqual(["done", "done", "done", "stopped", "ahead", "ahead", "done"]);
});

test("a run that releases after publishing has done all else", () => {
  expect(stageStates(run("requested", "training", "publishing", "releasing"))).toEqual(["done", "done", "done", "done", "done", "done", "now"]);
});
