import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { auditApi } from "@/client/client";
import { unwrap } from "@/client/errors";
import type { Model } from "@/client/types";
import { Badge } from "@/components/Badge";
import { Button } from "@/components/Button";
import { ConfirmDialog } from "@/components/Dialog";
import { count, formatMoment } from "@/components/format";
import { ErrorNotice, Notice } from "@/components/Notice";
import { useMay } from "@/features/accounts/api";
import { Changes } from "./Changes";
import { accepted, asConfidence } from "./confidence";
import { ConfidencePanel } from "./ConfidencePanel";
import { ScoreTable } from "./ScoreTable";

interface ModelCardProps {
  model: Model;
  isActive: boolean;
}

/** `others` are the versions that it can be compared with. */
export function ModelCard({ model, isActive, others }: ModelCardProps & { others: readonly string[] }) {
  const confidence = asConfidence(model.confidence);
  return (
    <section aria-label={`Model ${model.version}`} className="card space-y-4 p-5">
      <Head model={model} isActive={isActive} />
      {!isActive && model.reason && <Notice tone="warn">{model.reason}</Notice>}
      {model.evaluating && <Notice>It is reading the held-out messages now; its scores appear here by themselves.</Notice>}
      {model.scores && <ScoreTable version={model.version} scores={model.scores} heldOut={model.dataset.held_out ?? 0} />}
      {confidence && <p className="text-sm">{accepted(confidence)}</p>}
      {confidence && (
        <Unfolding title="How far its confidence can be trusted">
          <ConfidencePanel confidence={confidence} />
        </Unfolding>
      )}
      {model.scores && (
        <Unfolding title="What it reads differently">
          <Changes version={model.version} others={others} />
        </Unfolding>
      )}
    </section>
  );
}

/** Closed at first; what is inside asks for its data only when it is opened. */
function Unfolding({ title, children }: { title: string; children: ReactNode }) {
  const [open, setOpen] = useState(false);
  return (
    <div>
      <button type="button" className="text-sm font-medium text-accent hover:underline" aria-expanded={open} onClick={() => setOpen(!open)}>
        {open ? "Hide" : "Show"}: {title.toLowerCase()}
      </button>
      {open && <div className="mt-3">{children}</div>}
    </div>
  );
}

function Head({ model, isActive }: ModelCardProps) {
  const client = useQueryClient();
  const mayTrain = useMay("trainer");
  const [asking, setAsking] = useState(false);
  const params = { path: { version: model.version } };
  const onSuccess = () => client.invalidateQueries();
  const activate = useMutation({
    mutationFn: () => unwrap(auditApi.POST("/api/models/{version}/activate", { params })),
    onSuccess,
  });
  const remove = useMutation({
    mutationFn: () => unwrap(auditApi.DELETE("/api/models/{version}", { params })),
    onSuccess,
  });
  return (
    <>
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
        <h2 className="text-xl font-semibold">{model.version}</h2>
        <StateBadge model={model} isActive={isActive} />
        <p className="text-sm text-muted">{facts(model)}</p>
        {mayTrain && !isActive && (
          <div className="ml-auto flex gap-2">
            <Button small disabled={activate.isPending || model.state === "evaluating"} onClick={() => activate.mutate()}>
              Activate
            </Button>
            <Button small look="danger" disabled={remove.isPending} onClick={() => setAsking(true)}>
              Delete
            </Button>
          </div>
        )}
      </div>
      <ErrorNotice error={activate.error ?? remove.error} />
      <ConfirmDialog
        open={asking}
        onOpenChange={setAsking}
        title={`Delete ${model.version}?`}
        description="It can no longer be activated. What it has read and the audits stay."
        confirm="Delete the version"
        onConfirm={() => remove.mutate()}
      />
    </>
  );
}

function StateBadge({ model, isActive }: ModelCardProps) {
  if (isActive) return <Badge tone="good">Active</Badge>;
  return <Badge tone={model.state === "evaluating" ? "warn" : "plain"}>{model.state === "evaluating" ? "Being evaluated" : "Registered"}</Badge>;
}

function facts({ created_at, dataset, base, sha256 }: Model): string {
  const parts = [formatMoment(created_at)];
  if (dataset.train !== null) parts.push(`${count(dataset.train, "audit")} trained on`);
  parts.push(`base ${base}`, sha256.slice(0, 10));
  return parts.join(" · ");
}
