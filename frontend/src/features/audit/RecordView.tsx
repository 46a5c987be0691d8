import { Check, RotateCcw, SkipForward, Undo2 } from "lucide-react";
import { type ReactNode, type RefObject, useState } from "react";
import type { RecordDetail } from "@/client/types";
import { Badge } from "@/components/Badge";
import { Button } from "@/components/Button";
import { formatMoment } from "@/components/format";
import { Kbd } from "@/components/Kbd";
import { Notice } from "@/components/Notice";
import { CompareTable, readerName } from "./CompareTable";
import type { Start, View } from "./decide";
import type { Draft, Problem } from "./draft";
import type { Edit } from "./draft-edits";
import { marksOf } from "./marks";
import { MessageCard } from "./MessageCard";
import type { Queue } from "./queue";
import { ReadingEditor } from "./ReadingEditor";

interface RecordViewProps {
  record: RecordDetail;
  start: Start;
  draft: Draft;
  view: View;
  problems: readonly Problem[];
  /** What was decided on it in this walk. */
  was: Queue["decided"][string] | undefined;
  said: string;
  next: ReactNode;
  editor: RefObject<HTMLDivElement | null>;
  onEdit: (edit: Edit) => void;
  onReset: (() => void) | undefined;
  onConfirm: () => void;
  onSkip: () => void;
  onUndo: () => void;
}

/** The message on one side, its reading on the other, the decision beneath. */
export function RecordView(props: RecordViewProps) {
  const { record, start, draft, view, problems, editor, onEdit } = props;
  const [active, setActive] = useState<string | null>(null);
  const { regex, peft } = record.readings;
  return (
    <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,5fr)_minmax(0,7fr)]">
      <div className="space-y-3 lg:sticky lg:top-4">
        <MessageCard record={record} marks={marksOf(draft)} active={active} onActive={setActive} />
        <StaleAudit record={record} />
        {props.next}
      </div>
      <section aria-label="Reading" className="card">
        <div className="space-y-5 p-5">
          <ReadingHead {...props} />
          <MissingReading record={record} view={view} />
          {start.comparison && regex && peft && (
            <CompareTable comparison={start.comparison} left={regex} right={peft} draft={draft} onEdit={onEdit} />
          )}
          <ReadingEditor ref={editor} draft={draft} problems={problems} active={active} onActive={setActive} onEdit={onEdit} />
        </div>
        <ActionBar {...props} />
      </section>
    </div>
  );
}

function ReadingHead({ record, start, view, was, onReset }: RecordViewProps) {
  const { audit, reading, comparison } = start;
  const title = audit ? "Audited reading" : comparison ? "Result" : reading ? `Read by ${readerName(reading)}` : "Reading";
  return (
    <div className="flex min-h-8 flex-wrap items-center gap-2">
      <h2 className="text-lg font-semibold">{title}</h2>
      {audit && <Badge tone="good">{audit.decision === "corrected" ? "Corrected" : "Confirmed"}</Badge>}
      {(was === "skipped" || (record.audit?.decision === "skipped" && was !== "undone")) && <Badge>Skipped</Badge>}
      {onReset && <Badge tone="warn">Edited</Badge>}
      {onReset && (
        <Button small look="quiet" icon={<RotateCcw size={15} aria-hidden />} onClick={onReset}>
          Reset
        </Button>
      )}
      {audit && <span className="text-sm text-muted">{audit.by ? `${audit.by}, ` : ""}{formatMoment(audit.at)}</span>}
      {!audit && reading && view !== "compare" && <span className="ml-auto text-xs text-muted">{reading.ms.toFixed(0)} ms</span>}
    </div>
  );
}

function StaleAudit({ record }: { record: RecordDetail }) {
  if (!record.earlier_audit) return null;
  return <Notice tone="warn">This message was edited on Slack after it was audited. Check it once more.</Notice>;
}

/** Why a reading is not there: it will come by itself, or it was refused for good. */
function MissingReading({ record: { readings, failures }, view }: { record: RecordDetail; view: View }) {
  const needsRegex = !readings.regex && (view !== "peft" || !readings.peft);
  const needsPeft = !readings.peft && view !== "regex";
  return (
    <>
      {needsRegex && <Missing reader="Regex" failure={failures.regex} />}
      {needsPeft && <Missing reader="The PEFT model" failure={failures.peft} />}
    </>
  );
}

function Missing({ reader, failure }: { reader: string; failure: string | null }) {
  if (failure) return <Notice tone="warn">{`${reader} could not read this message: ${failure}`}</Notice>;
  return <Notice>{reader} is still reading this message; it appears here by itself.</Notice>;
}

function ActionBar({ start, said, problems, onReset, onConfirm, onSkip, onUndo }: RecordViewProps) {
  const label = start.audit ? (onReset ? "Save the correction" : "Next message") : "Mark audited";
  return (
    <div className="sticky bottom-0 z-10 rounded-b-[14px] border-t border-line bg-surface/95 px-4 py-3 backdrop-blur sm:px-5">
      {problems[0] && <p role="alert" className="mb-2 text-sm text-danger">{problems[0].message}</p>}
      <div className="flex flex-wrap items-center gap-2">
        <Button look="primary" icon={<Check size={18} aria-hidden />} onClick={onConfirm}>
          {label} <Kbd className="max-sm:hidden">Enter</Kbd>
        </Button>
        <Button icon={<SkipForward size={17} aria-hidden />} onClick={onSkip}>
          Skip <Kbd className="max-sm:hidden">S</Kbd>
        </Button>
        <Button look="quiet" icon={<Undo2 size={17} aria-hidden />} onClick={onUndo}>
          Undo <Kbd className="max-sm:hidden">U</Kbd>
        </Button>
        <p role="status" aria-label="Last action" className="ml-auto text-sm text-muted">
          {said}
        </p>
      </div>
    </div>
  );
}
