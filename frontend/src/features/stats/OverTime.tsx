import { Bar, BarChart, CartesianGrid, Legend, ResponsiveContainer, Tooltip, XAxis, YAxis } from "recharts";
import type { Period, Stats } from "@/client/types";
import { formatNumber } from "@/components/format";

const STEPS = { day: "day", week: "week", month: "month" } as const;

/** Pounds by day, week or month, audited and only read; the same figures as a table for those who do not see the chart. */
export function OverTime({ periods, step }: { periods: readonly Period[]; step: Stats["step"] }) {
  if (periods.length === 0) return <p className="text-muted">Nothing in this part of the ledger.</p>;
  return (
    <figure>
      <figcaption className="mb-3 font-semibold">{`Pounds by ${STEPS[step]}`}</figcaption>
      <div aria-hidden className="h-56">
        <ResponsiveContainer width="100%" height="100%">
          <BarChart data={[...periods]} accessibilityLayer={false}>
            <CartesianGrid vertical={false} stroke="var(--line)" />
            <XAxis dataKey="start" tickLine={false} fontSize={12} stroke="var(--muted)" />
            <YAxis tickFormatter={formatNumber} tickLine={false} axisLine={false} fontSize={12} width={52} stroke="var(--muted)" />
            <Tooltip formatter={(value) => `${formatNumber(Number(value))} lb`} contentStyle={{ background: "var(--surface)", border: "1px solid var(--line)", borderRadius: 8 }} />
            <Legend formatter={(name) => <span className="text-sm text-ink">{name}</span>} />
            <Bar dataKey="pounds" name="audited" stackId="all" fill="var(--accent)" isAnimationActive={false} />
            <Bar dataKey="unaudited_pounds" name="only read" stackId="all" fill="var(--line-strong)" isAnimationActive={false} />
          </BarChart>
        </ResponsiveContainer>
      </div>
      <table className="sr-only">
        <caption>{`Pounds by ${STEPS[step]}`}</caption>
        <thead>
          <tr>
            <th scope="col">From</th>
            <th scope="col">Audited</th>
            <th scope="col">Only read</th>
          </tr>
        </thead>
        <tbody>
          {periods.map(({ start, pounds, unaudited_pounds }) => (
            <tr key={start}>
              <th scope="row">{start}</th>
              <td>{formatNumber(pounds)}</td>
              <td>{formatNumber(unaudited_pounds)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </figure>
  );
}
