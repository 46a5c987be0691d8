/** From a record, a draft and the chosen method to what is sent. */
import type { AuditDecision, AuditRequest, Extraction, Method, Reading, RecordDetail } from "@/client/types";
import type { Order } from "./api";
import { compare, type Comparison } from "./compare";
import { type Draft, saysTheSame, toDraft, toExtraction } from "./draft";
import { newKey } from "./outbox";

export type View = Method | "compare";

/** What the draft starts from: the audit in force, else the reading of the chosen method; in a comparison, the likelier of both. */
export interface Start {
  /** Changes when the draft must begin anew. */
  key: string;
  draft: Draft;
  extraction: Extraction;
  reading: Reading | null;
  audit: AuditDecision | null;
  comparison: Comparison | null;
}

const EMPTY: Extraction = { format: 1, direction: "unknown", sections: [] };

export function startOf(record: RecordDetail, view: View): Start {
  const { regex, peft } = record.readings;
  const audit = record.audit?.extraction && record.audit.decision !== "undone" ? record.audit : null;
  const comparison = view === "compare" && regex && peft ? compare(regex.extraction, peft.extraction) : null;
  const reading = preferred(record, view);
  const combined = comparison ? record.readings.combined : null;
  const extraction = audit?.extraction ?? combined?.extraction ?? reading?.extraction ?? EMPTY;
  const pairOf = comparison && !audit ? comparison.pairsIn(extraction) : undefined;
  const from = audit ? `audit ${audit.id}` : view;
  return { key: `${record.id}@${record.revision} ${from}`, draft: toDraft(extraction, pairOf), extraction, reading, audit, comparison };
}

/** Until the model has read a message, its regex reading stands in. */
function preferred({ readings }: RecordDetail, view: View): Reading | null {
  return view === "regex" ? readings.regex : (readings.peft ?? readings.regex);
}

export function isEdited(start: Start, draft: Draft): boolean {
  return !saysTheSame(toExtraction(draft), start.extraction);
}

/** Confirmed when the draft says what a reader said, corrected when a person changed it. */
export function decision(record: RecordDetail, start: Start, draft: Draft, via: Order): AuditRequest {
  const extraction = toExtraction(draft);
  const agreed = readersOf(record, start).find((reader) => saysTheSame(reader.extraction, extraction));
  const from = agreed ?? start.reading;
  return {
    key: newKey(),
    revision: record.revision,
    decision: agreed ? "confirmed" : "corrected",
    extraction,
    draft_method: from?.method ?? null,
    draft_version: from?.version ?? null,
    via,
    seen: record.audit?.id ?? null,
  };
}

interface Reader {
  /** Null for the combination of both. */
  method: Method | null;
  version: string | null;
  extraction: Extraction;
}

function readersOf({ readings }: RecordDetail, start: Start): Reader[] {
  const { combined } = readings;
  const both = combined && { method: null, version: null, extraction: combined.extraction };
  const readers = start.comparison ? [readings.peft, readings.regex, both] : [start.reading];
  return readers.filter((reader) => reader !== null);
}

export function skipping(record: RecordDetail, via: Order): AuditRequest {
  return {
    key: newKey(),
    revision: record.revision,
    decision: "skipped",
    extraction: null,
    draft_method: null,
    draft_version: null,
    via,
    seen: record.audit?.id ?? null,
  };
}
