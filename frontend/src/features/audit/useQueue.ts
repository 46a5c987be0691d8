import { useCallback, useEffect, useReducer, useRef } from "react";
import { fetchRecords, type Filter } from "./api";
import { emptyQueue, nextOffset, type Queue, type QueueAction, walk } from "./queue";

const LOAD_AHEAD = 10;

/** Walks the records of one filter; `records` (how many there are in all) tells it when more have come. */
export function useQueue(filter: Filter, records: number): [Queue, (action: QueueAction) => void, () => void] {
  const [queue, dispatch] = useReducer(walk, emptyQueue);
  const loading = useRef(false);
  const leaves = filter.audit === "unaudited";

  const load = useCallback(
    (offset: number) => {
      if (loading.current) return;
      loading.current = true;
      fetchRecords(filter, offset)
        .then((page) => dispatch({ type: "loaded", page, leaves }))
        .catch((error: unknown) => dispatch({ type: "failed", error }))
        .finally(() => (loading.current = false));
    },
    [filter, leaves],
  );

  const offset = nextOffset(queue, leaves);
  const needsMore = queue.records.length < queue.total && queue.index >= queue.records.length - LOAD_AHEAD;
  useEffect(() => load(0), [load]);
  useEffect(() => {
    if (needsMore) load(offset);
  }, [needsMore, offset, load]);
  const more = useRef(offset);
  useEffect(() => {
    more.current = offset;
  });
  useEffect(() => load(more.current), [records, load]);
  return [queue, dispatch, () => load(0)];
}
