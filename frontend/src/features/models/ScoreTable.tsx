import { cx } from "@/components/cx";
import { count } from "@/components/format";
import { formatScore, READERS, type Reader, type ScoreRow, scoreRows } from "./scores";

interface ScoreTableProps {
  version: string;
  scores: Record<string, unknown>;
  heldOut: number;
}

const HEADERS: Record<Reader, string> = { regex: "Regex", base: "Base model", candidate: "", active: "Active before", combined: "Combined" };

/** What each reader got right on the same held-out messages. */
export function ScoreTable({ version, scores, heldOut }: ScoreTableProps) {
  const rows = scoreRows(scores);
  const readers = READERS.filter((reader) => rows.some((row) => row.values[reader] !== undefined));
  return (
    // Scrollable regions must be reachable by keyboard.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div className="relative overflow-x-auto" role="region" aria-label={`Scores of ${version}`} tabIndex={0}>
      <table className="w-full min-w-[30rem] text-sm">
        <caption className="mb-2 text-left text-muted">
          {heldOut ? `On ${count(heldOut, "audited message")} that ${version} has never seen` : "On held-out messages"}
        </caption>
        <thead>
          <tr className="border-b border-line-strong text-muted">
            <th scope="col" className="py-2 pr-3 text-left font-medium">
              Field
            </th>
            {readers.map((reader) => (
              <th key={reader} scope="col" className={cx("px-3 py-2 text-right font-medium", reader === "candidate" && "text-ink")}>
                {HEADERS[reader] || version}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <ScoreLine key={row.field} row={row} readers={readers} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function ScoreLine({ row, readers }: { row: ScoreRow; readers: readonly Reader[] }) {
  return (
    <tr className="border-b border-line last:border-b-0">
      <th scope="row" className="py-2 pr-3 text-left font-normal">
        {row.label}
      </th>
      {readers.map((reader) => {
        const value = row.values[reader];
        const isBest = row.best !== null && value === row.best;
        return (
          <td key={reader} className={cx("px-3 py-2 text-right tabular-nums", isBest ? "font-semibold text-ok" : "text-muted", reader === "candidate" && "bg-sunken/60")}>
            {value === undefined ? "–" : formatScore(row.field, value)}
            <IntervalOf row={row} reader={reader} />
          </td>
        );
      })}
    </tr>
  );
}

function IntervalOf({ row, reader }: { row: ScoreRow; reader: Reader }) {
  const interval = row.intervals[reader];
  if (!interval) return null;
  return (
    <span className="block text-xs font-normal text-muted">
      <span className="sr-only">likely between </span>
      {interval.map((end) => Math.round(end * 100)).join("–")}
    </span>
  );
}
