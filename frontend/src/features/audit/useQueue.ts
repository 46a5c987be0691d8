import { useCallback, useEffect, useReducer, useRef } from "react";
import { fetchRecords, type Filter } from "./api";
import { emptyQueue, type Queue, type QueueAction, walk } from "./queue";

/** A person goes on for a while when the network is gone. */
const LOAD_AHEAD = 25;
const RETRY_MS = 2_000;

/** Walks the records of one filter; `records` (how many there are in all) tells it when more have come. */
export function useQueue(filter: Filter, records: number): [Queue, (action: QueueAction) => void, () => void] {
  const [queue, dispatch] = useReducer(walk, emptyQueue);
  const loading = useRef(false);

  const load = useCallback(
    (after: string) => {
      if (loading.current) return;
      loading.current = true;
      fetchRecords(filter, after)
        .then((page) => dispatch({ type: "loaded", page }))
        .catch((error: unknown) => dispatch({ type: "failed", error }))
        .finally(() => (loading.current = false));
    },
    [filter],
  );

  const { next, hasMore, state } = queue;
  const isNearEnd = queue.index >= queue.records.length - LOAD_AHEAD;
  useEffect(() => load(""), [load]);
  useEffect(() => {
    if (hasMore && isNearEnd) load(next);
  }, [hasMore, isNearEnd, next, load]);
  const end = useRef(next);
  useEffect(() => {
    end.current = next;
  });
  useEffect(() => load(end.current), [records, load]);
  useEffect(() => {
    if (state !== "failed") return;
    const timer = setInterval(() => load(end.current), RETRY_MS);
    return () => clearInterval(timer);
  }, [state, load]);
  return [queue, dispatch, () => load(end.current)];
}
