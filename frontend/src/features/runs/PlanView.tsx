import { useQuery } from "@tanstack/react-query";
import type { RunTarget } from "@/client/types";
import { formatSeconds } from "@/components/format";
import { Labelled } from "@/components/Labelled";
import { ErrorNotice, Notice } from "@/components/Notice";
import { planQuery } from "./api";
import { formatCents } from "./cost";

const TARGETS: readonly { value: RunTarget; label: string }[] = [
  { value: "local", label: "This computer" },
  { value: "ssh", label: "My own GPU" },
  { value: "lambda", label: "A rented machine" },
];

export function TargetChoice({ chosen, onChoose }: { chosen: RunTarget; onChoose: (target: RunTarget) => void }) {
  return (
    <Labelled label="Train on">
      {(id) => (
        <select id={id} value={chosen} onChange={(event) => onChoose(event.target.value as RunTarget)} className="field !h-10 !w-44">
          {TARGETS.map(({ value, label }) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </select>
      )}
    </Labelled>
  );
}

/** What the run would do and cost, before anything is spent. */
export function PlanView({ target }: { target: RunTarget }) {
  const { data: plan, error, isPending } = useQuery(planQuery(target));
  if (error) return <ErrorNotice error={error} />;
  if (isPending) return <p className="text-sm text-muted">Asking for machines and prices…</p>;
  if (plan.problem) return <Notice tone="warn">{plan.problem}</Notice>;
  const facts = [
    ["Machine", plan.machine],
    ["Price", plan.cents_per_hour === null ? "yours already" : `${formatCents(plan.cents_per_hour)} an hour`],
    ["Expected", `about ${formatSeconds(plan.expected_seconds)}${plan.expected_cents ? `, ${formatCents(plan.expected_cents)}` : ""}`],
    ...(plan.max_cents ? [["At most", formatCents(plan.max_cents)]] : []),
  ];
  return (
    <dl aria-label="Plan" className="flex flex-wrap gap-x-8 gap-y-2 rounded-lg bg-sunken px-4 py-3 text-sm">
      {facts.map(([term, value]) => (
        <div key={term}>
          <dt className="text-muted">{term}</dt>
          <dd className="font-medium tabular-nums">{value}</dd>
        </div>
      ))}
    </dl>
  );
}
