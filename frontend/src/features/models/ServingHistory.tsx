import { useQuery } from "@tanstack/react-query";
import { useId, useState } from "react";
import { auditApi } from "@/client/client";
import { unwrap } from "@/client/errors";
import { formatMoment } from "@/components/format";
import { ErrorNotice } from "@/components/Notice";

/** What was serving when: all of it, or on one day. */
export function ServingHistory() {
  const [day, setDay] = useState("");
  const id = useId();
  const { data, error } = useQuery({
    queryKey: ["activations", day],
    queryFn: ({ signal }) => unwrap(auditApi.GET("/api/activations", { params: { query: bounds(day) }, signal })),
  });
  return (
    <section aria-label="What was serving when" className="card space-y-3 p-5">
      <div className="flex flex-wrap items-center gap-3">
        <h2 className="text-xl font-semibold">What was serving when</h2>
        <label htmlFor={id} className="ml-auto text-sm text-muted">
          On
        </label>
        <input id={id} type="date" className="field !w-auto py-1" value={day} onChange={(event) => setDay(event.target.value)} />
      </div>
      <ErrorNotice error={error} />
      {data?.items.length === 0 && <p className="text-sm text-muted">{day ? "No model was serving on that day; rules alone were." : "No model has served yet."}</p>}
      <ol className="divide-y divide-line text-sm">
        {data?.items.map((stretch) => (
          <li key={stretch.number} className="flex flex-wrap gap-x-4 py-2">
            <span className="w-24 font-semibold">{stretch.version ?? "none"}</span>
            <span className="tabular-nums">
              {formatMoment(stretch.since)} – {stretch.until ? formatMoment(stretch.until) : "now"}
            </span>
            <span className="basis-full text-muted sm:basis-auto">
              {stretch.by}: {stretch.why}
            </span>
          </li>
        ))}
      </ol>
    </section>
  );
}

/** The day as the browser's clock has it. */
function bounds(day: string): { since?: string; until?: string } {
  if (!day) return {};
  const start = new Date(`${day}T00:00`);
  const end = new Date(start);
  end.setDate(end.getDate() + 1);
  return { since: start.toISOString(), until: end.toISOString() };
}
