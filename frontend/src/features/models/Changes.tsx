import { useQuery } from "@tanstack/react-query";
import { useId, useState } from "react";
import { auditApi } from "@/client/client";
import { unwrap } from "@/client/errors";
import type { Difference } from "@/client/types";
import { cx } from "@/components/cx";
import { count } from "@/components/format";
import { ErrorNotice } from "@/components/Notice";

interface ChangesProps {
  version: string;
  others: readonly string[];
}

const FIELD: Record<string, string> = { direction: "Direction", rescue_location: "Rescue", drop_off_location: "Drop-off", item: "Item" };

/** What this version reads differently from another on the held-out messages, what got worst first. */
export function Changes({ version, others }: ChangesProps) {
  const [against, setAgainst] = useState(others[0] ?? "regex");
  const id = useId();
  const { data, error, isPending } = useQuery({
    queryKey: ["changes", version, against],
    queryFn: ({ signal }) =>
      unwrap(auditApi.GET("/api/models/{version}/changes", { params: { path: { version }, query: { against } }, signal })),
  });
  return (
    <div className="space-y-3">
      <div className="flex flex-wrap items-center gap-2 text-sm">
        <label htmlFor={id}>Against</label>
        <select id={id} className="field !w-auto py-1" value={against} onChange={(event) => setAgainst(event.target.value)}>
          {[...others, "base", "regex"].map((name) => (
            <option key={name}>{name}</option>
          ))}
        </select>
        {data && (
          <span className="text-muted">
            {count(data.compared, "message")} compared: {data.better} values became right, {data.worse} became wrong
          </span>
        )}
        {isPending && <span className="text-muted">Comparing…</span>}
      </div>
      <ErrorNotice error={error} />
      <ul className="space-y-3">
        {data?.items.map((change) => (
          <li key={change.record_id} className="rounded-lg border border-line p-3 text-sm">
            <p className="mb-2 line-clamp-3 whitespace-pre-line text-muted">{change.text}</p>
            <ul className="space-y-1">
              {change.differences.map((difference, n) => (
                <DifferenceLine key={n} difference={difference} />
              ))}
            </ul>
          </li>
        ))}
      </ul>
    </div>
  );
}

function DifferenceLine({ difference }: { difference: Difference }) {
  return (
    <li className="flex flex-wrap gap-x-2">
      <span className="w-20 text-muted">{FIELD[difference.field] ?? difference.field}</span>
      <Value value={difference.before} right={difference.before_right} />
      <span aria-label="became">→</span>
      <Value value={difference.after} right={difference.after_right} />
    </li>
  );
}

function Value({ value, right }: { value: string | null; right: boolean }) {
  return (
    <span className={cx(right ? "text-ok" : "text-danger")}>
      {right ? "✓" : "✗"} {value ?? "none"}
      <span className="sr-only">{right ? " (right)" : " (wrong)"}</span>
    </span>
  );
}
