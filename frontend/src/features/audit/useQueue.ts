import { useCallback, useEffect, useReducer, useRef } from "react";
import { fetchRecords, type Filter } from "./api";
import { emptyQueue, type Queue, type QueueAction, walk } from "./queue";

const LOAD_AHEAD = 10;

/** Walks the records of one filter; `records` (how many there are in all) tells it when more have come. */
export function useQueue(filter: Filter, records: number): [Queue, (action: QueueAction) => void, () => void] {
  const [queue, dispatch] = useReducer(walk, emptyQueue);
  const loading = useRef(false);
  const leaves = filter.audit === "unaudited";

  const load = useCallback(
    (after: string) => {
      if (loading.current) return;
      loading.current = true;
      fetchRecords(filter, after)
        .then((page) => dispatch({ type: "loaded", page, leaves }))
        .catch((error: unknown) => dispatch({ type: "failed", error }))
        .finally(() => (loading.current = false));
    },
    [filter, leaves],
  );

  const { next, hasMore } = queue;
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
  return [queue, dispatch, () => load(end.current)];
}
