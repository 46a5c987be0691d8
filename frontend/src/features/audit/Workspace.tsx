import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { Notice, ErrorNotice } from "@/components/Notice";
import { Button } from "@/components/Button";
import type { Status } from "@/client/types";
import { type Filter, recordQuery } from "./api";
import { decision, skipping, startOf, type View } from "./decide";
import { type Draft, problems as problemsOf } from "./draft";
import { edit, type Edit } from "./draft-edits";
import { AliasOffers } from "./AliasOffers";
import { EndOfWalk } from "./EndOfWalk";
import { HelpSheet } from "./HelpSheet";
import { RecordView } from "./RecordView";
import { Refusals, SaveState } from "./SaveState";
import { MethodControl, Position } from "./Toolbar";
import { UpNext } from "./UpNext";
import { useAuditing } from "./useAuditing";
import { useHotkeys } from "./useHotkeys";
import { useQueue } from "./useQueue";

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
  const auditing = useAuditing(queue, dispatch);
  const current = queue.records[queue.index];
  const query = recordQuery(current?.id ?? "", status.active_version);
  const { data: record, error } = useQuery({ ...query, enabled: current !== undefined });
  const [drafts, setDrafts] = useState<Record<string, Draft>>({});
  const [help, setHelp] = useState(false);
  const [showProblems, setShowProblems] = useState(false);
  const editor = useRef<HTMLDivElement>(null);
  usePrefetch([queue.records[queue.index + 1]?.id, queue.records[queue.index + 2]?.id], status.active_version);

  const start = record ? startOf(record, view) : null;
  const draft = start ? (drafts[start.key] ?? start.draft) : null;
  const found = draft ? problemsOf(draft) : [];

  const change = (action: Edit) => {
    if (start && draft) setDrafts((all) => ({ ...all, [start.key]: edit(all[start.key] ?? start.draft, action) }));
  };
  const reset = () => {
    if (start) setDrafts((all) => Object.fromEntries(Object.entries(all).filter(([key]) => key !== start.key)));
  };
  const go = (index: number) => {
    setShowProblems(false);
    dispatch({ type: "go", index });
  };
  const confirm = () => {
    if (!record || !start || !draft) { auditing.say("This message is still being read; wait a moment."); return; }
    if (!start.audit && !start.reading && !drafts[start.key]) { auditing.say("There is no reading yet; wait a moment, or edit it by hand."); return; }
    if (start.audit && !drafts[start.key]) { go(queue.index + 1); return; }
    setShowProblems(found.length > 0);
    if (found[0]) { auditing.say(found[0].message); return; }
    auditing.decide(record, decision(record, start, draft));
  };
  const skip = () => record && auditing.decide(record, skipping(record));
  const undo = () => auditing.undo(record);
  const startEditing = () => editor.current?.querySelector<HTMLInputElement>("input:not([type=radio])")?.focus();

  useHotkeys({
    enter: confirm,
    a: confirm,
    s: () => skip(),
    u: undo,
    j: () => go(queue.index + 1),
    k: () => go(queue.index - 1),
    e: startEditing,
    d: nextDifference,
    "?": () => setHelp(true),
  });

  return (
    <div className="space-y-4">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
        <Position index={queue.index} total={queue.total} onGo={go} />
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
          problems={showProblems ? found : []}
          was={queue.decided[record.id]}
          said={auditing.said}
          next={<UpNext records={queue.records} index={queue.index} onGo={go} />}
          editor={editor}
          onEdit={change}
          onReset={drafts[start.key] ? reset : undefined}
          onConfirm={confirm}
          onSkip={() => skip()}
          onUndo={undo}
        />
      )}
      {!current && queue.state === "ready" && <EndOfWalk queue={queue} filter={filter} status={status} onRestart={onRestart} onBack={() => go(queue.records.length - 1)} />}
      {current && !record && !error && <Notice>Opening the message…</Notice>}
      <HelpSheet open={help} onOpenChange={setHelp} />
    </div>
  );
}

/** The cursor goes to the next field in which the two readings differ, and round again after the last. */
function nextDifference(): void {
  const rows = [...document.querySelectorAll<HTMLElement>("[data-difference]")];
  const at = rows.findIndex((row) => row.contains(document.activeElement));
  const next = rows[(at + 1) % rows.length];
  (next?.querySelector<HTMLInputElement>("input:checked") ?? next?.querySelector("input"))?.focus();
}

/** The next messages are there before they are asked for; one that fails is asked for again when it is opened. */
function usePrefetch(ids: readonly (string | undefined)[], activeVersion: string | null): void {
  const client = useQueryClient();
  const wanted = ids.filter(Boolean).join(" ");
  useEffect(() => {
    for (const id of wanted.split(" ").filter(Boolean)) void client.query(recordQuery(id, activeVersion)).catch(() => undefined);
  }, [client, wanted, activeVersion]);
}
