import { useState } from "react";
import { formatNumber } from "./format";

export interface BarRow {
  name: string;
  value: number;
  /** Drawn behind the value, paler: what is not certain yet. */
  rest: number;
  note: string;
}

interface BarTableProps {
  caption: string;
  nameHeader: string;
  valueHeader: string;
  unit: string;
  rows: readonly BarRow[];
  limit?: number;
}

const share = (part: number, whole: number) => `${((part / whole) * 100).toFixed(1)}%`;

/** A bar chart that is a table: read by eyes as bars, by screen readers and copy-and-paste as rows. */
export function BarTable({ caption, nameHeader, valueHeader, unit, rows, limit = 10 }: BarTableProps) {
  const [all, setAll] = useState(false);
  const max = Math.max(...rows.map((row) => row.value + row.rest), 1);
  const shown = all ? rows : rows.slice(0, limit);
  return (
    <>
      <table className="w-full border-separate border-spacing-y-1 text-sm">
        <caption className="mb-3 text-left text-base font-semibold">{caption}</caption>
        <thead className="sr-only">
          <tr>
            <th scope="col">{nameHeader}</th>
            <th scope="col">{valueHeader}</th>
          </tr>
        </thead>
        <tbody>
          {shown.map((row) => (
            <tr key={row.name} className="group">
              <th scope="row" className="w-[38%] max-w-0 truncate py-1 pr-3 text-left font-medium" title={row.name}>
                {row.name}
              </th>
              <td className="py-1">
                <div className="flex items-center gap-2.5">
                  <div aria-hidden className="flex h-5 flex-1 overflow-hidden rounded-[5px] bg-sunken">
                    <div className="h-full bg-accent transition-[width] duration-500" style={{ width: share(row.value, max) }} />
                    <div className="h-full bg-line-strong transition-[width] duration-500" style={{ width: share(row.rest, max) }} />
                  </div>
                  <span className="w-28 text-right whitespace-nowrap tabular-nums">
                    <span className="font-medium">{formatNumber(row.value)}</span> {unit}
                    <span className="block text-xs text-muted">{row.note}</span>
                  </span>
                </div>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length > limit && (
        <button
          type="button"
          className="mt-2 text-sm font-medium text-accent hover:underline"
          aria-expanded={all}
          onClick={() => setAll(!all)}
        >
          {all ? "Show fewer" : `Show all ${rows.length}`}
        </button>
      )}
    </>
  );
}
