/** From a record, a draft and the chosen method to what is sent. */
import type { AuditDecision, AuditRequest, Extraction, Method, Reading, RecordDetail } from "@/client/types";
import type { Order } from "./api";
import { compare, type Comparison } from "./compare";
import { type Draft, saysTheSame, toDraft, toExtraction } from "./draft";
import { newKey } from "./outbox";

export type View = Method | "compare";

/** What the draft starts from: the audit in force, else the reading of the chosen method. */
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
  const extraction = audit?.extraction ?? reading?.extraction ?? EMPTY;
  const pairOf = comparison && !audit ? comparison.pairOf[reading === regex ? "left" : "right"] : undefined;
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
  const agreed = agreeing(record, start, extraction);
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

function agreeing(record: RecordDetail, start: Start, extraction: Extraction): Reading | null {
  const candidates = start.comparison ? [start.reading, record.readings.regex] : [start.reading];
  return candidates.find((reading) => reading && saysTheSame(reading.extraction, extraction)) ?? null;
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
