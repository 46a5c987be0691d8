import type { Run, RunState } from "@/client/types";
import type { Tone } from "@/components/Badge";

export const STAGES: readonly { label: string; states: readonly RunState[] }[] = [
  { label: "Freeze audits", states: ["requested", "dataset_frozen"] },
  { label: "Get a machine", states: ["launching", "booting", "ready"] },
  { label: "Upload", states: ["uploading"] },
  { label: "Train", states: ["training"] },
  { label: "Download", states: ["downloading"] },
  { label: "Publish", states: ["publishing"] },
  { label: "Release", states: ["releasing"] },
];

export type StageState = "done" | "now" | "ahead" | "stopped";

/** Where each stage stands; a run that failed stopped in the last stage that it entered before its release. */
export function stageStates(run: Run): StageState[] {
  if (run.state === "done") return STAGES.map(() => "done");
  const now = stageOf(run.state);
  if (now >= 0 && run.state !== "releasing") return STAGES.map((_, i) => (i < now ? "done" : i === now ? "now" : "ahead"));
  const reached = Math.max(...run.history.filter(({ state }) => state !== "releasing").map(({ state }) => stageOf(state)), 0);
  const isEnding = run.state === "releasing";
  return STAGES.map((_, i) => endedStage(i, reached, isEnding));
}

function endedStage(index: number, reached: number, isEnding: boolean): StageState {
  const release = STAGES.length - 1;
  if (index === release) return isEnding ? "now" : "done";
  if (index < reached) return "done";
  if (index === reached) return reached === release - 1 ? "done" : "stopped";
  return "ahead";
}

function stageOf(state: RunState): number {
  return STAGES.findIndex(({ states }) => states.includes(state));
}

export const TONES: Partial<Record<RunState, Tone>> = { done: "good", failed: "bad", cancelled: "warn" };

export const STATE_LABELS: Record<RunState, string> = {
  requested: "Waiting",
  dataset_frozen: "Audits frozen",
  launching: "Getting a machine",
  booting: "Booting",
  ready: "Machine ready",
  uploading: "Uploading",
  training: "Training",
  downloading: "Downloading",
  publishing: "Publishing",
  releasing: "Releasing",
  done: "Done",
  failed: "Failed",
  cancelled: "Cancelled",
};
