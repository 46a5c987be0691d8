import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { FileUp, Sparkles } from "lucide-react";
import { type DragEvent, useEffect, useRef, useState } from "react";
import type { Import } from "@/client/types";
import { Button } from "@/components/Button";
import { cx } from "@/components/cx";
import { count } from "@/components/format";
import { ErrorNotice, Notice } from "@/components/Notice";
import { Progress } from "@/components/Progress";
import { importFile, importQuery, importSample } from "./api";

interface ImportPanelProps {
  hasSample: boolean;
  onDone: () => void;
}

/** Brings messages in, from a file or from the sample, and shows how far it is. */
export function ImportPanel({ hasSample, onDone }: ImportPanelProps) {
  const client = useQueryClient();
  const start = useMutation({ mutationFn: (file: File | null) => (file ? importFile(file) : importSample()) });
  const { data: job, error } = useQuery(importQuery(start.data?.id ?? null));
  const isBusy = start.isPending || job?.state === "running" || (start.isSuccess && !job && !error);
  const isDone = job?.state === "done";
  useEffect(() => {
    if (isDone) void client.invalidateQueries().then(onDone);
  }, [isDone, client, onDone]);
  return (
    <div className="space-y-4">
      <DropZone disabled={isBusy} onFile={(file) => start.mutate(file)} />
      {hasSample && (
        <div className="flex flex-wrap items-center justify-between gap-3 rounded-xl bg-sunken px-4 py-3">
          <p className="text-sm">No export at hand? Try it with invented messages.</p>
          <Button look="primary" disabled={isBusy} icon={<Sparkles size={17} aria-hidden />} onClick={() => start.mutate(null)}>
            Load the sample
          </Button>
        </div>
      )}
      {isBusy && <Running job={job} />}
      {isDone && <Notice>{summary(job)}</Notice>}
      <ErrorNotice error={start.error ?? error} />
      {job?.state === "failed" && <Notice tone="bad">{job.error ?? "The import failed; nothing was imported."}</Notice>}
    </div>
  );
}

function Running({ job }: { job: Import | undefined }) {
  return (
    <div className="space-y-1.5" aria-live="polite">
      <Progress label="Import progress" value={job?.done ?? 0} max={job?.total ?? 0} />
      <p className="text-sm text-muted">{job?.total ? `${count(job.done, "message")} of ${job.total}` : "Starting"}</p>
    </div>
  );
}

function summary({ messages, records, revisions, audits }: Import): string {
  const parts = [count(messages, "message"), count(records, "record")];
  if (revisions) parts.push(count(revisions, "edit"));
  if (audits) parts.push(count(audits, "audit"));
  return `Imported: ${parts.join(", ")}.`;
}

function DropZone({ disabled, onFile }: { disabled: boolean; onFile: (file: File) => void }) {
  const [isOver, setOver] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const take = (file: File | undefined) => {
    if (file && !disabled) onFile(file);
  };
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    take(event.dataTransfer.files[0]);
  };
  const over = (event: DragEvent) => {
    event.preventDefault();
    setOver(true);
  };
  return (
    <div
      onDrop={drop}
      onDragOver={over}
      onDragLeave={() => setOver(false)}
      className={cx(
        "flex flex-col items-center gap-3 rounded-xl border-2 border-dashed px-4 py-8 text-center transition-colors",
        isOver ? "border-accent bg-accent-soft" : "border-line-strong",
      )}
    >
      <FileUp aria-hidden size={28} strokeWidth={1.6} className="text-muted" />
      <p>Drop a Slack export here (zip), or a JSONL, CSV or XLSX file</p>
      <input
        ref={input}
        type="file"
        aria-label="File to import"
        className="sr-only"
        tabIndex={-1}
        accept=".zip,.jsonl,.json,.csv,.xlsx"
        onChange={(event) => {
          take(event.target.files?.[0]);
          event.target.value = "";
        }}
      />
      <Button disabled={disabled} onClick={() => input.current?.click()}>
        Import a file
      </Button>
    </div>
  );
}
