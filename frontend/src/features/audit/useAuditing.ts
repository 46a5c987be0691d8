/** The decisions of one walk: confirm, skip, undo. Each is kept in the outbox before the walk moves on. */
import { useQueryClient } from "@tanstack/react-query";
import { useRef, useState } from "react";
import type { AuditRequest, RecordDetail } from "@/client/types";
import { forgetDrafts } from "./drafts";
import { newKey } from "./outbox";
import { useOutbox } from "./OutboxContext";
import type { Queue, QueueAction } from "./queue";
import type { Held } from "./usePresence";

export interface Auditing {
  /** What was done last, in words. */
  said: string;
  say: (sentence: string) => void;
  /** The record that was corrected last: what it teaches about spellings is offered. */
  corrected: string | null;
  decide: (record: RecordDetail, body: AuditRequest) => void;
  /** A second opinion on what somebody else has audited. */
  opine: (record: RecordDetail, body: AuditRequest) => void;
  undo: (current: RecordDetail | undefined) => void;
}

interface Decided {
  id: string;
  key: string;
}

export function useAuditing(queue: Queue, dispatch: (action: QueueAction) => void, others: readonly Held[]): Auditing {
  const { outbox } = useOutbox();
  const client = useQueryClient();
  const done = useRef<Decided[]>([]);
  const [said, say] = useState("");
  const [corrected, setCorrected] = useState<string | null>(null);

  const decide = (record: RecordDetail, body: AuditRequest) => {
    outbox.add({ kind: "audit", seq: sequence(), recordId: record.id, body });
    if (body.decision !== "skipped") showAsAudited(record, body);
    if (body.decision === "corrected") setCorrected(record.id);
    done.current.push({ id: record.id, key: body.key });
    forgetDrafts(record.id);
    dispatch({ type: "decided", id: record.id, as: body.decision === "skipped" ? "skipped" : "audited" });
    dispatch({ type: "go", index: nextFree(queue, others) });
    say(`Message ${queue.index + 1} ${SAID[body.decision]}.`);
  };

  const opine = (record: RecordDetail, { key, revision, extraction }: AuditRequest) => {
    if (!extraction) return;
    outbox.add({ kind: "opinion", seq: sequence(), recordId: record.id, body: { key, revision, extraction } });
    forgetDrafts(record.id);
    dispatch({ type: "decided", id: record.id, as: "audited" });
    dispatch({ type: "go", index: queue.index + 1 });
    say("Your opinion is kept beside the audit.");
  };

  const showAsAudited = (record: RecordDetail, body: AuditRequest) => {
    const { decision, extraction, revision, draft_method, draft_version } = body;
    const shown = extraction && { ...extraction, items: [], pounds: 0 };
    const audit = { id: body.key, decision, extraction: shown ?? null, revision, by: "you", at: new Date().toISOString() };
    client.setQueryData(["record", record.id], {
      ...record,
      audit: { ...audit, draft_method: draft_method ?? null, draft_version: draft_version ?? null, via: body.via ?? null },
    });
  };

  const undo = (current: RecordDetail | undefined) => {
    const last = done.current.pop();
    const id = last?.id ?? (current?.audit ? current.id : undefined);
    if (!id) {
      say("There is nothing to undo.");
      return;
    }
    outbox.add({ kind: "undo", seq: sequence(), recordId: id, body: { key: newKey(), ...(last ? { of_key: last.key } : {}) } });
    client.setQueryData<RecordDetail>(["record", id], (record) => record && { ...record, audit: null });
    dispatch({ type: "decided", id, as: "undone" });
    dispatch({ type: "go-to", id });
    say("Undone: the last decision was taken back.");
  };
  return { said, say, corrected, decide, opine, undo };
}

/** The next message that nobody else has open; at the end of what is loaded, simply the next one. */
function nextFree(queue: Queue, others: readonly Held[]): number {
  const held = new Set(others.map(({ recordId }) => recordId));
  const free = queue.records.findIndex(({ id }, index) => index > queue.index && !held.has(id));
  return free < 0 ? queue.index + 1 : free;
}

const SAID = { confirmed: "confirmed", corrected: "corrected", skipped: "skipped" } as const;

let latest = 0;

/** Grows with every call, also when two fall into the same millisecond. */
function sequence(): number {
  latest = Math.max(latest + 1, Date.now());
  return latest;
}
