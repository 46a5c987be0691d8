import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import type { Run, RunEvent } from "@/client/types";
import type { Point } from "@/components/LineChart";
import { isFinal } from "./api";

/**
 * Follows a live run by server-sent events and writes them into the list of runs; returns the losses heard so far.
 * The list is polled beside it, so that a stream that never opens costs smoothness and nothing else.
 */
export function useRunEvents(id: string, isLive: boolean): Point[] {
  const client = useQueryClient();
  const [losses, setLosses] = useState<Point[]>([]);
  useEffect(() => {
    if (!isLive || typeof EventSource === "undefined") return;
    const source = new EventSource(`/runs/${encodeURIComponent(id)}/events`);
    source.onmessage = ({ data }: MessageEvent<string>) => {
      const event = JSON.parse(data) as RunEvent;
      client.setQueryData<Run[]>(["runs"], (runs) => runs?.map((run) => (run.id === id ? advanced(run, event) : run)));
      const point = lossPoint(event.progress);
      if (point) setLosses((all) => [...all, point]);
      if (!isFinal(event.state)) return;
      // The server ends the stream here; an EventSource would open it again for ever.
      source.close();
      void client.invalidateQueries();
    };
    return () => source.close();
  }, [client, id, isLive]);
  return losses;
}

function advanced(run: Run, { state, at, reason, progress }: RunEvent): Run {
  const isNew = !run.history.some((entry) => entry.state === state);
  const history = isNew ? [...run.history, { state, at }] : run.history;
  // The stream replays the past when it opens; only its newest state is the run's.
  const isBehind = !isNew && history.at(-1)?.state !== state;
  return isBehind ? run : { ...run, state, history, progress, reason: reason ?? run.reason };
}

function lossPoint(value: unknown): Point | null {
  if (typeof value !== "object" || value === null) return null;
  const { step, loss } = value as { step?: unknown; loss?: unknown };
  return typeof step === "number" && typeof loss === "number" ? { x: step, y: loss } : null;
}

/** Losses from the log's JSON lines and from the live events, by step. */
export function lossCurve(log: string, live: readonly Point[]): Point[] {
  const logged = log.split("\n").flatMap((line) => lossPoint(parse(line)) ?? []);
  const byStep = new Map([...logged, ...live].map((point) => [point.x, point]));
  return [...byStep.values()].sort((a, b) => a.x - b.x);
}

/** A log also holds plain sentences; those are no progress. */
function parse(line: string): unknown {
  if (!line.startsWith("{")) return null;
  try {
    return JSON.parse(line) as unknown;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
