import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useMemo, useRef, useState } from "react";
import { Notice, ErrorNotice } from "@/components/Notice";
import { Button } from "@/components/Button";
import type { Status } from "@/client/types";
import { useMay } from "@/features/accounts/api";
import { type Filter, recordQuery } from "./api";
import { decision, skipping, startOf, type View } from "./decide";
import { type Draft, problems as problemsOf } from "./draft";
import { edit, type Edit } from "./draft-edits";
import { AliasOffers } from "./AliasOffers";
import { forgetDraft, keepDraft, loadDraft } from "./drafts";
import { EndOfWalk } from "./EndOfWalk";
import { HelpSheet } from "./HelpSheet";
import { HistoryDialog } from "./HistoryDialog";
import { RecordView } from "./RecordView";
import { Refusals, SaveState } from "./SaveState";
import { MethodControl, Position } from "./Toolbar";
import { UpNext } from "./UpNext";
import { useAuditing } from "./useAuditing";
import { useHotkeys } from "./useHotkeys";
import { usePresence } from "./usePresence";
import { useQueue } from "./useQueue";
import { useReadNow } from "./useReadNow";

/** Messages that are there before they are asked for, so that a person goes on while the network is gone. */
const AHEAD = 15;

interface WorkspaceProps {
  filter: Filter;
  status: Status;
  view: View;
  onView: (view: View) => void;
  onRestart: () => void;
}

/** The walk through one filter's messages: one message, its reading, one decision. */
export function Workspace({ filter, status, view, onView, onRestart }: WorkspaceProps) {
  const [queue, dispatch, retry] = useQueue(filter, status.records);
  const current = queue.records[queue.index];
  const query = recordQuery(current?.id ?? "", status.active_version);
  const { data: found, error } = useQuery({ ...query, enabled: current !== undefined });
  const isSecond = filter.audit === "second";
  const record = useMemo(() => (found && isSecond ? { ...found, audit: null, earlier_audit: null } : found), [found, isSecond]);
  const [drafts, setDrafts] = useState<Record<string, Draft>>({});
  const [history, setHistory] = useState(false);
  const mayAudit = useMay("auditor");
  useReadNow(mayAudit ? record : undefined, status.active_version);
  const others = usePresence(mayAudit ? current?.id : undefined);
  const auditing = useAuditing(queue, dispatch, others);
  const [help, setHelp] = useState(false);
  const [showProblems, setShowProblems] = useState(false);
  const editor = useRef<HTMLDivElement>(null);
  const ahead = queue.records.slice(queue.index + 1, queue.index + 1 + AHEAD).map(({ id }) => id);
  usePrefetch(record ? ahead : [], status.active_version);

  const start = record ? startOf(record, view) : null;
  const edited = start ? (drafts[start.key] ?? loadDraft(start.key)) : null;
  const draft = edited ?? start?.draft ?? null;
  const wrong = draft ? problemsOf(draft) : [];

  const change = (action: Edit) => {
    if (!start || !draft) return;
    const changed = edit(draft, action);
    keepDraft(start.key, changed);
    setDrafts((all) => ({ ...all, [start.key]: changed }));
  };
  const reset = () => {
    if (!start) return;
    forgetDraft(start.key);
    setDrafts((all) => Object.fromEntries(Object.entries(all).filter(([key]) => key !== start.key)));
  };
  const go = (index: number) => {
    setShowProblems(false);
    dispatch({ type: "go", index });
  };
  const confirm = () => {
    if (!record || !start || !draft) { auditing.say("This message is still being read; wait a moment."); return; }
    if (!start.audit && !start.reading && !edited) { auditing.say("There is no reading yet; wait a moment, or edit it by hand."); return; }
    if (start.audit && !edited) { go(queue.index + 1); return; }
    setShowProblems(wrong.length > 0);
    if (wrong[0]) { auditing.say(wrong[0].message); return; }
    const body = decision(record, start, draft, filter.order);
    if (isSecond) auditing.opine(record, body);
    else auditing.decide(record, body);
  };
  const skip = () => {
    if (record && !isSecond) auditing.decide(record, skipping(record, filter.order));
    else go(queue.index + 1);
  };
  const undo = () => auditing.undo(record);
  const startEditing = () => editor.current?.querySelector<HTMLInputElement>("input:not([type=radio])")?.focus();

  useHotkeys({
    ...(mayAudit && { enter: confirm, a: confirm, s: () => skip(), u: undo, e: startEditing, l: () => takeSide(0), r: () => takeSide(1) }),
    j: () => go(queue.index + 1),
    k: () => go(queue.index - 1),
    d: nextDifference,
    h: () => setHistory(true),
    "?": () => setHelp(true),
  });

  return (
    <div className="space-y-4">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
        <Position index={queue.index} total={queue.total} isLonger={queue.isLonger} onGo={go} />
        {status.active_version && <MethodControl view={view} onView={onView} />}
        <div className="ml-auto flex items-center gap-3 max-sm:-order-1">
          <SaveState />
          <Button small look="quiet" className="max-sm:hidden" onClick={() => setHelp(true)}>
            Keys
          </Button>
        </div>
      </div>
      {auditing.corrected && <AliasOffers key={auditing.corrected} recordId={auditing.corrected} />}
      <Refusals onOpen={(id) => dispatch({ type: "go-to", id })} />
      <ErrorNotice error={error ?? queue.error} actions={<Button small onClick={retry}>Try again</Button>} />
      {record && start && draft && current && (
        <RecordView
          record={record}
          start={start}
          draft={draft}
          view={view}
          problems={showProblems ? wrong : []}
          isFirst={status.audited === 0 && Object.keys(queue.decided).length === 0}
          isSecond={isSecond}
          mayAudit={mayAudit}
          others={others.filter(({ recordId }) => recordId === record.id).map(({ by }) => by)}
          onHistory={() => setHistory(true)}
          was={queue.decided[record.id]}
          said={auditing.said}
          next={<UpNext records={queue.records} index={queue.index} onGo={go} />}
          editor={editor}
          onEdit={change}
          onReset={edited ? reset : undefined}
          onConfirm={confirm}
          onSkip={() => skip()}
          onUndo={undo}
        />
      )}
      {!current && queue.state === "ready" && <EndOfWalk queue={queue} filter={filter} status={status} onRestart={onRestart} onBack={() => go(queue.records.length - 1)} />}
      {current && !record && !error && <Notice>Opening the message…</Notice>}
      {record && <HistoryDialog recordId={record.id} open={history} onOpenChange={setHistory} />}
      <HelpSheet open={help} onOpenChange={setHelp} />
    </div>
  );
}

/** Takes the left (0) or right (1) side where the cursor is, or at the first difference, and goes to the next one. */
function takeSide(side: 0 | 1): void {
  const rows = [...document.querySelectorAll<HTMLElement>("[data-difference]")];
  const row = rows.find((one) => one.contains(document.activeElement)) ?? rows[0];
  const choice = row?.querySelectorAll<HTMLInputElement>("input[type=radio]")[side];
  if (!choice) return;
  choice.focus();
  choice.click();
  if (row !== rows.at(-1)) nextDifference();
}

/** The cursor goes to the next field in which the two readings differ, and round again after the last. */
function nextDifference(): void {
  const rows = [...document.querySelectorAll<HTMLElement>("[data-difference]")];
  const at = rows.findIndex((row) => row.contains(document.activeElement));
  const next = rows[(at + 1) % rows.length];
  (next?.querySelector<HTMLInputElement>("input:checked") ?? next?.querySelector("input"))?.focus();
}

/** One that fails is asked for again when it is opened. */
function usePrefetch(ids: readonly string[], activeVersion: string | null): void {
  const client = useQueryClient();
  const wanted = ids.join("\n");
  useEffect(() => {
    for (const id of wanted.split("\n").filter(Boolean)) void client.query(recordQuery(id, activeVersion)).catch(() => undefined);
  }, [client, wanted, activeVersion]);
}
