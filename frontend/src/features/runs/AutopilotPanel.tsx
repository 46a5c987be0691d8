import { useQuery, useQueryClient } from "@tanstack/react-query";
import type { AutopilotSettings, AutopilotView } from "@/client/types";
import { useAsked } from "@/client/useAsked";
import { formatMoment } from "@/components/format";
import { Labelled } from "@/components/Labelled";
import { ErrorNotice } from "@/components/Notice";
import { autopilotQuery, setAutopilot } from "./api";
import { TargetChoice } from "./PlanView";

/** Trains by itself once it is told to; says what it decided last. Each change is saved at once. */
export function AutopilotPanel() {
  const client = useQueryClient();
  const { data, error } = useQuery(autopilotQuery);
  const save = useAsked("autopilot", async (settings: AutopilotSettings) => {
    client.setQueryData(autopilotQuery.queryKey, await setAutopilot(settings));
  });
  if (!data) return <ErrorNotice error={error} />;
  const { report } = data;
  const settings = save.asked ?? data.settings;
  const change = (changed: Partial<AutopilotSettings>) => save.ask({ ...settings, ...changed });
  return (
    <section aria-label="Autopilot" className="card space-y-3 p-5">
      <label className="flex items-center gap-2 font-semibold">
        <input type="checkbox" checked={settings.enabled} onChange={(event) => change({ enabled: event.target.checked })} />
        Train by itself
      </label>
      <p className="text-sm text-muted">
        {told(settings, report)}
      </p>
      {settings.enabled && (
        <div className="flex flex-wrap items-end gap-3">
          <NumberField label="After new audits" value={settings.after_audits} min={1} max={100_000} onChange={(after_audits) => change({ after_audits })} />
          <NumberField label="At hour (UTC)" value={settings.hour} min={0} max={23} onChange={(hour) => change({ hour })} />
          <NumberField
            label="Dollars a month, at most"
            value={settings.monthly_budget_cents / 100}
            min={0}
            max={10_000}
            onChange={(dollars) => change({ monthly_budget_cents: Math.round(dollars * 100) })}
          />
          <TargetChoice chosen={settings.target} onChoose={(target) => change({ target })} />
        </div>
      )}
      <ErrorNotice error={save.error} />
    </section>
  );
}

function told({ enabled }: AutopilotSettings, report: AutopilotView["report"]): string {
  if (!enabled) return "Off. A new version serves only when it is not worse than the one before.";
  return report ? `${report.why} (${formatMoment(report.at)})` : "On; it looks every minute.";
}

interface NumberFieldProps {
  label: string;
  value: number;
  min: number;
  max: number;
  onChange: (value: number) => void;
}

function NumberField({ label, value, min, max, onChange }: NumberFieldProps) {
  return (
    <Labelled label={label}>
      {(id) => (
        <input
          id={id}
          type="number"
          key={value}
          defaultValue={value}
          min={min}
          max={max}
          onBlur={({ target }) => target.validity.valid && target.valueAsNumber !== value && onChange(target.valueAsNumber)}
          className="field !h-10 !w-40"
        />
      )}
    </Labelled>
  );
}
