import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Sparkles } from "lucide-react";
import { type SubmitEvent, useId, useState } from "react";
import { useStatus } from "@/client/queries";
import type { Run, RunTarget } from "@/client/types";
import { Button, buttonClass } from "@/components/Button";
import { Labelled } from "@/components/Labelled";
import { ErrorNotice } from "@/components/Notice";
import { Progress } from "@/components/Progress";
import { newKey } from "@/features/audit/outbox";
import { startRun } from "./api";
import { PlanView, TargetChoice } from "./PlanView";

/** One form, one run: the key stays the same until a run has started, so that ten clicks start one. */
export function TrainForm({ onStarted }: { onStarted: (run: Run) => void }) {
  const client = useQueryClient();
  const { data: status } = useStatus();
  const [name, setName] = useState("");
  const [target, setTarget] = useState<RunTarget>("local");
  const [key, setKey] = useState(newKey);
  const titleId = useId();
  const start = useMutation({
    mutationFn: () => startRun(name.trim() || null, target, key),
    onSuccess: (run) => {
      setName("");
      onStarted(run);
      return client.invalidateQueries({ queryKey: ["runs"] });
    },
    onSettled: () => setKey(newKey()),
  });
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (!start.isPending) start.mutate();
  };
  return (
    <section aria-labelledby={titleId} className="card space-y-4 p-5">
      <div className="flex flex-wrap items-end justify-between gap-x-8 gap-y-4">
        <div className="max-w-[60ch]">
          <h2 id={titleId} className="text-lg font-semibold">
            Train a new version
          </h2>
          <p className="text-sm text-muted">
            The model learns from what you audited. It starts to serve by itself when it reads the held-out messages no worse than
            before.
          </p>
        </div>
        <form onSubmit={submit} className="flex flex-wrap items-end gap-2">
          <Labelled label="Version name">
            {(id) => (
              <input
                id={id}
                value={name}
                placeholder="Chosen for you"
                autoComplete="off"
                onChange={(event) => setName(event.target.value)}
                className="field !h-10 !w-44"
              />
            )}
          </Labelled>
          <TargetChoice chosen={target} onChoose={setTarget} />
          <Button type="submit" look="primary" disabled={start.isPending} icon={<Sparkles size={17} aria-hidden />}>
            {start.isPending ? "Starting" : "Train"}
          </Button>
        </form>
      </div>
      {status && status.audited < status.needed_for_training && (
        <AuditsNeeded audited={status.audited} needed={status.needed_for_training} />
      )}
      {target !== "local" && <PlanView target={target} />}
      <ErrorNotice error={start.error} />
    </section>
  );
}

function AuditsNeeded({ audited, needed }: { audited: number; needed: number }) {
  return (
    <div className="flex flex-wrap items-center gap-x-4 gap-y-2 text-sm">
      <span className="w-40">
        <Progress label="Audited messages for training" value={audited} max={needed} />
      </span>
      <span>
        {audited} of {needed} audited messages
      </span>
      <Link to="/" className={buttonClass("secondary", true)}>
        Audit more
      </Link>
    </div>
  );
}
