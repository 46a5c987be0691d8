import { useQueryClient, type QueryClient } from "@tanstack/react-query";
import { createContext, type ReactNode, use, useEffect, useState, useSyncExternalStore } from "react";
import { sendDecision } from "./api";
import { Outbox } from "./outbox";

const OutboxContext = createContext<Outbox | null>(null);

/** One outbox for the page: it also sends what an earlier visit left behind. */
export function OutboxProvider({ children }: { children: ReactNode }) {
  const client = useQueryClient();
  const [outbox] = useState(() => createOutbox(client));
  useEffect(() => {
    void outbox.flush();
    const wake = () => void outbox.flush();
    window.addEventListener("online", wake);
    return () => window.removeEventListener("online", wake);
  }, [outbox]);
  return <OutboxContext value={outbox}>{children}</OutboxContext>;
}

function createOutbox(client: QueryClient): Outbox {
  return new Outbox({
    storage: localStorage,
    send: sendDecision,
    onSaved: ({ recordId }) => {
      for (const queryKey of [["record", recordId], ["status"], ["stats"]]) void client.invalidateQueries({ queryKey });
    },
  });
}

export function useOutbox() {
  const outbox = use(OutboxContext);
  if (!outbox) throw new Error("useOutbox needs an OutboxProvider above it");
  return { outbox, state: useSyncExternalStore(outbox.subscribe, outbox.snapshot) };
}
