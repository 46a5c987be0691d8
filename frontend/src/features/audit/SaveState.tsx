import { Check, CloudOff, LoaderCircle } from "lucide-react";
import { Button } from "@/components/Button";
import { Notice } from "@/components/Notice";
import { Conflict } from "./Conflict";
import type { Outgoing } from "./outbox";
import { useOutbox } from "./OutboxContext";

/** Whether every decision has reached the server: always in sight, spoken when it changes. */
export function SaveState() {
  const { state } = useOutbox();
  const { text, Icon, look } = {
    saved: { text: "Saved", Icon: Check, look: "text-muted" },
    saving: { text: "Saving", Icon: LoaderCircle, look: "text-muted" },
    offline: { text: `Offline - ${state.waiting} kept here`, Icon: CloudOff, look: "font-medium text-warn" },
  }[state.state];
  return (
    <p role="status" aria-label="Save state" className={`inline-flex items-center gap-1.5 text-sm ${look}`}>
      <Icon aria-hidden size={15} className={state.state === "saving" ? "animate-spin" : ""} />
      {text}
    </p>
  );
}

/** Decisions that the server refused: nothing is dropped silently. */
export function Refusals({ onOpen }: { onOpen: (recordId: string) => void }) {
  const { outbox, state } = useOutbox();
  const open = (outgoing: Outgoing) => {
    outbox.dismiss(outgoing);
    onOpen(outgoing.recordId);
  };
  return state.refused.map((outgoing) => outgoing.code === "STALE_AUDIT" && outgoing.kind === "audit" ? (
    <Conflict key={outgoing.body.key} outgoing={outgoing} />
  ) : (
    <Notice
      key={outgoing.body.key}
      tone="bad"
      actions={
        <span className="flex gap-1">
          <Button small onClick={() => open(outgoing)}>
            Open the message
          </Button>
          <Button small look="quiet" onClick={() => outbox.dismiss(outgoing)}>
            Dismiss
          </Button>
        </span>
      }
    >
      {outgoing.refused}
    </Notice>
  ));
}
