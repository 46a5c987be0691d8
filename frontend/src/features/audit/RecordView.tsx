import { Check, History, RotateCcw, SkipForward, Undo2 } from "lucide-react";
import { type ReactNode, type RefObject, useState } from "react";
import type { Reason, RecordDetail } from "@/client/types";
import { Badge } from "@/components/Badge";
import { Button } from "@/components/Button";
import { formatMoment } from "@/components/format";
import { Kbd } from "@/components/Kbd";
import { LookOnly } from "@/components/LookOnly";
import { Notice } from "@/components/Notice";
import { Certainty } from "./Certainty";
import { CompareTable, readerName } from "./CompareTable";
import type { Start, View } from "./decide";
import { type Draft, type Problem, toDraft } from "./draft";
import type { Edit } from "./draft-edits";
import { LeftOut } from "./LeftOut";
import { marksOf } from "./marks";
import { MessageCard } from "./MessageCard";
import type { Queue } from "./queue";
import { ReadingEditor } from "./ReadingEditor";
import { TextDiff } from "./TextDiff";
import { type Unclaimed, unclaimed, unclaimedMarks } from "./unclaimed";

interface RecordViewProps {
  record: RecordDetail;
  start: Start;
  draft: Draft;
  view: View;
  problems: readonly Problem[];
  /** What was decided on it in this walk. */
  was: Queue["decided"][string] | undefined;
  said: string;
  /** Whether nobody has audited anything yet. */
  isFirst: boolean;
  /** Whether this is asked as a second opinion, without the first audit in sight. */
  isSecond: boolean;
  /** Else they look. */
  mayAudit: boolean;
  /** Who else has it open. */
  others: readonly string[];
  onHistory: () => void;
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
  const [dismissed, setDismissed] = useState<readonly string[]>([]);
  const { regex, peft, combined } = record.readings;
  const left = unclaimed(record.mentions, draft, record.text).filter(({ start }) => !dismissed.includes(`${record.id} ${start}`));
  const leaveOut = (one: Unclaimed) => setDismissed([...dismissed, `${record.id} ${one.start}`]);
  return (
    <div className="grid grid-cols-1 items-start gap-4 lg:grid-cols-[minmax(0,5fr)_minmax(0,7fr)]">
      <div className="space-y-3 lg:sticky lg:top-4">
        <MessageCard record={record} marks={[...unclaimedMarks(left), ...marksOf(draft)]} active={active} onActive={setActive} />
        {props.isFirst && props.mayAudit && <FirstSteps />}
        {props.mayAudit && <LeftOut left={left} onEdit={onEdit} onLeaveOut={leaveOut} />}
        {props.others.length > 0 && <Notice tone="warn">{`Also open in another window: ${props.others.join(", ")}.`}</Notice>}
        {props.isSecond && <Notice>Somebody has audited this message. Say what it says yourself; nothing you do changes their audit.</Notice>}
        {props.mayAudit && <StaleAudit record={record} onEdit={onEdit} />}
        {props.next}
      </div>
      <section aria-label="Reading" className="card">
        <div className="space-y-5 p-5">
          <ReadingHead {...props} />
          <MissingReading record={record} view={view} />
          {combined && view !== "regex" && !start.audit && <Certainty combined={combined} />}
          <LookOnly only={!props.mayAudit}>
            {start.comparison && regex && peft && (
              <CompareTable comparison={start.comparison} left={regex} right={peft} draft={draft} onEdit={onEdit} />
            )}
            <ReadingEditor ref={editor} draft={draft} problems={problems} active={active} onActive={setActive} onEdit={onEdit} />
          </LookOnly>
        </div>
        {(props.mayAudit || record.audits > 0) && <ActionBar {...props} />}
      </section>
    </div>
  );
}

/** Until the first audit, a person who has read nothing is told what to do. */
function FirstSteps() {
  return (
    <Notice>
      <p className="font-semibold">Your first audit</p>
      <p>
        Does the reading say what the message says? Change what is wrong, delete what is no food, then press Mark audited
        or <Kbd>Enter</Kbd>. Not sure? Skip it.
      </p>
    </Notice>
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
      {record.reasons.length > 0 && !audit && <Reasons reasons={record.reasons} />}
      {!audit && reading && view !== "compare" && <span className="ml-auto text-xs text-muted">{reading.ms.toFixed(0)} ms</span>}
    </div>
  );
}

const WHY = {
  unread: "not read yet",
  disagreement: "the readers disagree",
  doubt: "the model is unsure",
  unclaimed: "something may be left out",
  edited: "edited after the audit",
  auditors_disagree: "two auditors disagree",
} as const satisfies Record<Reason, string>;

function Reasons({ reasons }: { reasons: readonly Reason[] }) {
  return <Badge tone="warn" className="!whitespace-normal">{`Look: ${reasons.map((reason) => WHY[reason]).join(", ")}`}</Badge>;
}

/** The message changed after somebody had audited it: what changed, and the earlier audit to begin from. */
function StaleAudit({ record, onEdit }: { record: RecordDetail; onEdit: (edit: Edit) => void }) {
  const { earlier_audit, earlier_text } = record;
  if (!earlier_audit) return null;
  const { extraction } = earlier_audit;
  return (
    <section aria-label="Edited after the audit" className="card space-y-2 p-4">
      <Notice tone="warn">This message was edited on Slack after it was audited. Check it once more.</Notice>
      {earlier_text !== null && <TextDiff before={earlier_text} after={record.text} />}
      {extraction && (
        <Button small onClick={() => onEdit({ type: "replace", draft: toDraft({ ...extraction, evidence: {} }) })}>
          Begin from the earlier audit
        </Button>
      )}
    </section>
  );
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

function ActionBar({ record, start, mayAudit, said, onHistory, problems, onReset, onConfirm, onSkip, onUndo }: RecordViewProps) {
  const label = start.audit ? (onReset ? "Save the correction" : "Next message") : "Mark audited";
  return (
    <div className="sticky bottom-0 z-10 rounded-b-[14px] border-t border-line bg-surface/95 px-4 py-3 backdrop-blur sm:px-5">
      {problems[0] && <p role="alert" className="mb-2 text-sm text-danger">{problems[0].message}</p>}
      <div className="flex flex-wrap items-center gap-2">
        {mayAudit && <Decisions label={label} isAudited={start.audit !== null} onConfirm={onConfirm} onSkip={onSkip} onUndo={onUndo} />}
        {record.audits > 0 && (
          <Button look="quiet" icon={<History size={17} aria-hidden />} onClick={onHistory}>
            History
          </Button>
        )}
        <p role="status" aria-label="Last action" className="ml-auto text-sm text-muted">
          {said}
        </p>
      </div>
    </div>
  );
}

interface DecisionsProps extends Pick<RecordViewProps, "onConfirm" | "onSkip" | "onUndo"> {
  label: string;
  isAudited: boolean;
}

function Decisions({ label, isAudited, onConfirm, onSkip, onUndo }: DecisionsProps) {
  return (
    <>
      <Button look="primary" icon={<Check size={18} aria-hidden />} onClick={onConfirm}>
        {label} <Kbd className="max-sm:hidden">Enter</Kbd>
      </Button>
      <Button icon={<SkipForward size={17} aria-hidden />} onClick={onSkip}>
        Skip <Kbd className="max-sm:hidden">S</Kbd>
      </Button>
      <Button look="quiet" icon={<Undo2 size={17} aria-hidden />} onClick={onUndo}>
        Undo <Kbd className="max-sm:hidden">U</Kbd>
      </Button>
      {isAudited && (
        <Button look="quiet" icon={<RotateCcw size={17} aria-hidden />} onClick={onUndo}>
          Re-open
        </Button>
      )}
    </>
  );
}
