import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Check, LoaderCircle, X } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import type { Run } from "@/client/types";
import { Button } from "@/components/Button";
import { cx } from "@/components/cx";
import { count, formatMoment, formatNumber, formatSeconds } from "@/components/format";
import { ConfirmDialog } from "@/components/Dialog";
import { LineChart } from "@/components/LineChart";
import { ErrorNotice, Notice } from "@/components/Notice";
import { Progress } from "@/components/Progress";
import { useMay } from "@/features/accounts/api";
import { cancelRun, isCancellable, isFinal, logQuery } from "./api";
import { BudgetTable } from "./BudgetTable";
import { costOf } from "./cost";
import { RunBadge } from "./RunBadge";
import { STAGES, type StageState, stageStates } from "./stages";
import { lossCurve, useRunEvents } from "./useRunEvents";

export function RunView({ run }: { run: Run }) {
  const isLive = !isFinal(run.state);
  const live = useRunEvents(run.id, isLive);
  const { data: log = "" } = useQuery(logQuery(run.id, isLive));
  const losses = lossCurve(log, live);
  return (
    <section aria-label={`Run ${run.version}`} className="card space-y-5 p-5">
      <Head run={run} />
      {run.reason && <Notice tone={run.state === "cancelled" ? "warn" : "bad"}>{withoutCode(run.reason)}</Notice>}
      <Stages run={run} />
      <Training run={run} />
      {losses.length > 1 && (
        <figure>
          <figcaption className="mb-1 text-sm font-medium text-muted">Training loss</figcaption>
          <LineChart label="Training loss" points={losses} xMax={run.progress.steps ?? 0} />
        </figure>
      )}
      <BudgetTable run={run} />
      <LogTail text={log} isLive={isLive} />
    </section>
  );
}

/** `CODE: sentence` is for machines and people; this is for people. */
function withoutCode(reason: string): string {
  return reason.replace(/^[A-Z][A-Z_]+: /, "");
}

function Head({ run }: { run: Run }) {
  const client = useQueryClient();
  const mayTrain = useMay("trainer");
  const [asking, setAsking] = useState(false);
  const cancel = useMutation({
    mutationFn: () => cancelRun(run.id),
    onSettled: () => client.invalidateQueries({ queryKey: ["runs"] }),
  });
  return (
    <>
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <h2 className="text-xl font-semibold">{run.version}</h2>
        <RunBadge run={run} />
        <p className="text-sm text-muted">
          {run.by === "autopilot" && "autopilot · "}
          {run.target} · {formatMoment(run.created_at)}
          {run.dataset && ` · ${run.dataset.train} train, ${run.dataset.held_out} held out`}
          {run.finished_at && ` · ${formatSeconds((Date.parse(run.finished_at) - Date.parse(run.created_at)) / 1000)}`}
          {costOf(run) !== null && ` · ${costOf(run)}`}
        </p>
        {mayTrain && isCancellable(run) && (
          <Button small look="danger" className="ml-auto" disabled={cancel.isPending} onClick={() => setAsking(true)}>
            Cancel run
          </Button>
        )}
        {run.cancel_requested && !isFinal(run.state) && <span className="ml-auto text-sm text-warn">Cancelling…</span>}
      </div>
      <ErrorNotice error={cancel.error} />
      <ConfirmDialog
        open={asking}
        onOpenChange={setAsking}
        title={`Cancel ${run.version}?`}
        description="What it learned so far is thrown away and its machine is released. Your audits stay."
        confirm="Cancel the run"
        onConfirm={() => cancel.mutate()}
      />
    </>
  );
}

const STAGE_LOOKS: Record<StageState, { dot: string; text: string; spoken: string }> = {
  done: { dot: "bg-accent text-on-accent", text: "text-ink", spoken: "done" },
  now: { dot: "bg-accent-soft text-accent ring-2 ring-accent", text: "font-semibold text-ink", spoken: "now" },
  ahead: { dot: "bg-sunken text-muted", text: "text-muted", spoken: "ahead" },
  stopped: { dot: "bg-danger-soft text-danger", text: "text-danger", spoken: "stopped here" },
};

function Stages({ run }: { run: Run }) {
  const states = stageStates(run);
  return (
    <ol aria-label="Stages" className="grid grid-cols-2 gap-x-3 gap-y-2 sm:grid-cols-4 xl:grid-cols-7">
      {STAGES.map((stage, index) => {
        const state = states[index] ?? "ahead";
        const look = STAGE_LOOKS[state];
        return (
          <li key={stage.label} aria-current={state === "now" ? "step" : undefined} className="flex items-center gap-2">
            <span className={cx("flex size-5 shrink-0 items-center justify-center rounded-full", look.dot)}>
              <StageIcon state={state} />
            </span>
            <span className={cx("text-sm", look.text)}>{stage.label}</span>
            <span className="sr-only">, {look.spoken}</span>
          </li>
        );
      })}
    </ol>
  );
}

function StageIcon({ state }: { state: StageState }) {
  if (state === "done") return <Check aria-hidden size={13} strokeWidth={3} />;
  if (state === "stopped") return <X aria-hidden size={13} strokeWidth={3} />;
  return state === "now" ? <LoaderCircle aria-hidden size={13} strokeWidth={3} className="animate-spin" /> : null;
}

function Training({ run: { state, progress } }: { run: Run }) {
  const { step, steps, loss, eta_seconds: eta, tokens_per_second: speed } = progress;
  if (step === undefined || step === null || !steps) return null;
  const facts = [
    loss !== null && loss !== undefined && `loss ${formatNumber(loss)}`,
    speed && `${formatNumber(speed)} tokens/s`,
    state === "training" && eta !== null && eta !== undefined && `about ${formatSeconds(eta)} left`,
  ].filter(Boolean);
  return (
    <div className="space-y-1.5">
      <Progress label="Training progress" value={step} max={steps} />
      <p className="text-sm text-muted tabular-nums">
        Step {step} of {steps}
        {facts.length > 0 && ` · ${facts.join(" · ")}`}
      </p>
    </div>
  );
}

const TAIL_LINES = 200;

/** A progress bar draws its line again and again after a carriage return; the last drawing counts. */
function lastDrawn(line: string): string {
  return line.trimEnd().split("\r").at(-1) ?? "";
}

function LogTail({ text, isLive }: { text: string; isLive: boolean }) {
  const lines = text.split("\n").map(lastDrawn).filter(Boolean);
  const box = useRef<HTMLPreElement>(null);
  useEffect(() => {
    if (isLive && box.current) box.current.scrollTop = box.current.scrollHeight;
  }, [text, isLive]);
  return (
    <details open={isLive}>
      <summary className="rounded text-sm font-medium text-muted hover:text-ink">Log, {count(lines.length, "line")}</summary>
      <pre
        ref={box}
        // Scrollable regions must be reachable by keyboard.
        // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        tabIndex={0}
        aria-label="Log"
        className="mt-2 max-h-64 overflow-auto rounded-lg bg-sunken p-3 font-mono text-xs leading-relaxed whitespace-pre-wrap"
      >
        {lines.slice(-TAIL_LINES).join("\n") || "Nothing was logged yet."}
      </pre>
    </details>
  );
}
