import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import type { Extraction } from "@/client/types";
import { Button } from "@/components/Button";
import { Notice } from "@/components/Notice";
import { recordQuery } from "./api";
import { DifferenceTable } from "./DifferenceTable";
import { saysTheSame } from "./draft";
import { newKey, type Outgoing } from "./outbox";
import { useOutbox } from "./OutboxContext";

type Refused = Extract<Outgoing, { kind: "audit" }>;
const NOTHING: Extraction = { format: 1, direction: "unknown", sections: [] };

/** Somebody else decided first: both decisions side by side, and a person chooses. Two who say the same are no conflict. */
export function Conflict({ outgoing }: { outgoing: Refused }) {
  const { outbox } = useOutbox();
  const { data: record } = useQuery({ ...recordQuery(outgoing.recordId, null), refetchOnMount: "always" });
  const theirs = record?.audit ?? null;
  const { decision, extraction } = outgoing.body;
  const isTheirs = theirs !== null && theirs.id !== outgoing.body.key;
  const agrees = isTheirs && (decision === "skipped" || saysTheSame(theirs.extraction ?? NOTHING, extraction ?? NOTHING));
  useEffect(() => {
    if (agrees) outbox.dismiss(outgoing);
  }, [agrees, outbox, outgoing]);
  if (!isTheirs || agrees) return null;
  const saveMine = () => {
    outbox.dismiss(outgoing);
    const { seq, recordId, kind } = outgoing;
    outbox.add({ seq, recordId, kind, body: { ...outgoing.body, key: newKey(), seen: theirs.id } });
  };
  return (
    <section aria-label="Conflict" className="card space-y-3 p-4">
      <Notice tone="warn">{theirs.by} decided on this message while you did. Nothing was overwritten: choose what holds.</Notice>
      <p className="truncate text-sm text-muted">{record?.text}</p>
      <DifferenceTable before={theirs.extraction ?? NOTHING} after={extraction ?? NOTHING} names={[theirs.by, "You"]} />
      <div className="flex gap-2">
        <Button small onClick={() => outbox.dismiss(outgoing)}>Keep theirs</Button>
        <Button small look="primary" onClick={saveMine}>Save mine instead</Button>
      </div>
    </section>
  );
}
