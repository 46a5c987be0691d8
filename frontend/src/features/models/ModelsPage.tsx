import { queryOptions, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { BrainCircuit, Undo2 } from "lucide-react";
import { auditApi } from "@/client/client";
import { unwrap } from "@/client/errors";
import type { Models } from "@/client/types";
import { Button, buttonClass } from "@/components/Button";
import { EmptyState } from "@/components/EmptyState";
import { ErrorNotice } from "@/components/Notice";
import { useMay } from "@/features/accounts/api";
import { LearningCurve } from "./LearningCurve";
import { ModelCard } from "./ModelCard";
import { ServingHistory } from "./ServingHistory";

const modelsQuery = queryOptions({
  queryKey: ["models"],
  queryFn: ({ signal }) => unwrap(auditApi.GET("/api/models", { signal })),
  refetchInterval: 3_000,
});

export function ModelsPage() {
  const { data: models, error } = useQuery(modelsQuery);
  const mayTrain = useMay("trainer");
  const items = models?.items.filter(({ state }) => state !== "deleted") ?? [];
  return (
    <div className="space-y-5">
      <div className="flex flex-wrap items-center justify-between gap-3">
        <h1 className="text-2xl font-semibold">Models</h1>
        {mayTrain && models?.active && <RollBack models={models} />}
      </div>
      <ErrorNotice error={error} />
      {items.map((model) => (
        <ModelCard
          key={model.version}
          model={model}
          isActive={model.version === models?.active}
          others={items.map(({ version }) => version).filter((version) => version !== model.version)}
        />
      ))}
      <LearningCurve models={items} />
      {items.length > 0 && <ServingHistory />}
      {models && items.length === 0 && <NoModels mayTrain={mayTrain} />}
    </div>
  );
}

function RollBack({ models }: { models: Models }) {
  const client = useQueryClient();
  const rollback = useMutation({
    mutationFn: () => unwrap(auditApi.POST("/api/models/rollback")),
    onSuccess: () => client.invalidateQueries(),
  });
  return (
    <div className="flex flex-wrap items-center gap-3">
      <ErrorNotice error={rollback.error} />
      <Button
        small
        icon={<Undo2 size={16} aria-hidden />}
        disabled={rollback.isPending}
        title={`Serve what was active before ${models.active ?? ""}`}
        onClick={() => rollback.mutate()}
      >
        Roll back
      </Button>
    </div>
  );
}

function NoModels({ mayTrain }: { mayTrain: boolean }) {
  return (
    <EmptyState
      icon={BrainCircuit}
      title="No model yet"
      actions={
        mayTrain && (
          <Link to="/training" className={buttonClass("primary")}>
            Train the first version
          </Link>
        )
      }
    >
      Regex reads your messages until then. A trained version appears here with its scores on messages that it has never seen.
    </EmptyState>
  );
}
