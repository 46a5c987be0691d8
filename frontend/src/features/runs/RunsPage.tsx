import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { Run } from "@/client/types";
import { cx } from "@/components/cx";
import { formatMoment } from "@/components/format";
import { ErrorNotice } from "@/components/Notice";
import { useMay } from "@/features/accounts/api";
import { runsQuery } from "./api";
import { AutopilotPanel } from "./AutopilotPanel";
import { RunBadge } from "./RunBadge";
import { RunView } from "./RunView";
import { TrainForm } from "./TrainForm";

export function RunsPage() {
  const { data: runs, error } = useQuery(runsQuery);
  const mayTrain = useMay("trainer");
  const [chosen, setChosen] = useState<string | null>(null);
  const run = runs?.find(({ id }) => id === chosen) ?? runs?.[0];
  return (
    <div className="space-y-5">
      <h1 className="text-2xl font-semibold">Runs</h1>
      <ErrorNotice error={error} />
      {mayTrain && <TrainForm onStarted={(started) => setChosen(started.id)} />}
      {mayTrain && <AutopilotPanel />}
      {runs && run && (
        <div className="grid grid-cols-1 items-start gap-4 lg:grid-cols-[16rem_minmax(0,1fr)]">
          <RunList runs={runs} chosen={run.id} onChoose={setChosen} />
          <RunView key={run.id} run={run} />
        </div>
      )}
      {runs?.length === 0 && (
        <p className="px-1 text-muted">No run yet. A run trains on your audits and takes a minute or two on this machine.</p>
      )}
    </div>
  );
}

interface RunListProps {
  runs: readonly Run[];
  chosen: string;
  onChoose: (id: string) => void;
}

function RunList({ runs, chosen, onChoose }: RunListProps) {
  return (
    <nav aria-label="All runs" className="card overflow-hidden">
      <ul className="max-h-[28rem] divide-y divide-line overflow-y-auto">
        {runs.map((run) => (
          <li key={run.id}>
            <button
              type="button"
              aria-current={run.id === chosen ? "true" : undefined}
              onClick={() => onChoose(run.id)}
              className={cx("block w-full px-4 py-3 text-left transition-colors hover:bg-sunken", run.id === chosen && "bg-sunken")}
            >
              <span className="flex items-center justify-between gap-2">
                <span className="truncate font-semibold">{run.version}</span>
                <RunBadge run={run} />
              </span>
              <span className="text-xs text-muted">{formatMoment(run.created_at)}</span>
            </button>
          </li>
        ))}
      </ul>
    </nav>
  );
}
