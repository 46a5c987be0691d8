/**
 * Hears from the server what changed and asks again for what is shown of it.
 *
 * The stream only says what to ask for, so a lost or doubled event costs a request and nothing else; when it opens
 * anew, everything is asked for again. Events that come close together are answered once.
 */
import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";

interface Change {
  kind: "records" | "leases" | "models" | "reference" | "imports" | "everything";
  ids: string[];
}

const TOGETHER_MS = 250;
const TOUCHES: Record<Change["kind"], readonly string[]> = {
  records: ["status", "stats"],
  leases: ["leases"],
  models: ["models", "status", "record"],
  reference: ["directory", "tables", "filters", "status"],
  imports: ["status", "filters"],
  everything: [],
};

export function useLive(): void {
  const client = useQueryClient();
  useEffect(() => {
    if (typeof EventSource === "undefined") return;
    const source = new EventSource("/api/events");
    const waiting = new Map<string, readonly string[]>();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const answer = () => {
      timer = undefined;
      for (const key of waiting.values()) void client.invalidateQueries({ queryKey: key });
      waiting.clear();
    };
    source.onmessage = ({ data }: MessageEvent<string>) => {
      for (const key of touched(JSON.parse(data) as Change)) waiting.set(key.join(" "), key);
      timer ??= setTimeout(answer, TOGETHER_MS);
    };
    return () => {
      clearTimeout(timer);
      source.close();
    };
  }, [client]);
}

/** The keys of the queries to ask again; the empty key is all of them. */
export function touched({ kind, ids }: Change): readonly string[][] {
  if (kind === "everything") return [[]];
  const named = kind !== "records" ? [] : ids.length > 0 ? ids.map((id) => ["record", id]) : [["record"]];
  return [...TOUCHES[kind].map((key) => [key]), ...named];
}
