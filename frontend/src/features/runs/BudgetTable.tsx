import type { Run } from "@/client/types";
import { formatSeconds } from "@/components/format";
import { costOf, formatCents } from "./cost";
import { STATE_LABELS } from "./stages";

/** Where a run's time and money went. */
export function BudgetTable({ run }: { run: Run }) {
  const isPaid = costOf(run) !== null;
  if (run.stages.length === 0) return null;
  return (
    <details>
      <summary className="rounded text-sm font-medium text-muted hover:text-ink">Time{isPaid && " and cost"} by stage</summary>
      <table className="mt-2 text-sm tabular-nums">
        <thead className="text-left text-muted">
          <tr>
            <th className="pr-8 font-medium">Stage</th>
            <th className="pr-8 text-right font-medium">Time</th>
            {isPaid && <th className="text-right font-medium">Cost</th>}
          </tr>
        </thead>
        <tbody>
          {run.stages.map((stage) => (
            <tr key={stage.state}>
              <td className="pr-8">{STATE_LABELS[stage.state]}</td>
              <td className="pr-8 text-right">{formatSeconds(stage.seconds)}</td>
              {isPaid && <td className="text-right">{formatCents(stage.cents)}</td>}
            </tr>
          ))}
        </tbody>
      </table>
      {isPaid && (
        <p className="mt-2 text-sm text-muted">
          {run.rentals.map(({ type, region, cents_per_hour: price }) => `${type} in ${region} at ${formatCents(price)} an hour`).join("; ")}
        </p>
      )}
    </details>
  );
}
