import { useId, useState } from "react";
import type { Reading } from "@/client/types";
import { cx } from "@/components/cx";
import { count } from "@/components/format";
import type { Comparison, Detail, Part, Row, Side } from "./compare";
import type { Draft } from "./draft";
import type { Edit } from "./draft-edits";

interface CompareTableProps {
  comparison: Comparison;
  left: Reading;
  right: Reading;
  draft: Draft;
  onEdit: (edit: Edit) => void;
}

/** Both readings in two columns; where they differ, a side can be taken into the result below. */
export function CompareTable({ comparison, left, right, draft, onEdit }: CompareTableProps) {
  const [detail, setDetail] = useState<Detail>("item");
  const rows = comparison.rows.filter((row) => !row.level || row.level === detail);
  const differing = rows.filter((row) => row.differs);
  const hasDetail = comparison.rows.some((row) => row.level);
  return (
    <section aria-label="Comparison" className="rounded-xl border border-line">
      {hasDetail && (
        <label className="flex items-center justify-end gap-2 px-3 py-1.5 text-sm text-muted">
          <input
            type="checkbox"
            checked={detail === "field"}
            onChange={(event) => setDetail(event.target.checked ? "field" : "item")}
            className="size-4 accent-(--accent)"
          />
          Field by field
        </label>
      )}
      <div className="grid grid-cols-2 gap-x-2 border-b border-line bg-sunken/60 px-3 py-2 text-sm font-semibold sm:grid-cols-[minmax(6rem,9rem)_1fr_1fr]">
        <span className="max-sm:hidden">
          <span className="sr-only">Field</span>
        </span>
        <span>{readerName(left)}</span>
        <span>{readerName(right)}</span>
      </div>
      {differing.map((row) => (
        <DifferingRow key={row.id} row={row} names={{ left: readerName(left), right: readerName(right) }} taken={row.taken(draft)} onEdit={onEdit} />
      ))}
      {differing.length === 0 && <p className="px-3 py-3 text-muted">Both readings say the same.</p>}
      {rows.length > differing.length && <Agreeing rows={rows.filter((row) => !row.differs)} />}
    </section>
  );
}

export function readerName({ method, version }: Reading): string {
  return method === "regex" ? "Regex" : `PEFT ${version}`;
}

function Parts({ parts }: { parts: readonly Part[] }) {
  return parts.map(({ text, differs }, i) => (
    <span key={i}>
      <span className={differs ? "underline decoration-warn decoration-2 underline-offset-4" : undefined}>{text}</span>{" "}
    </span>
  ));
}

interface DifferingRowProps {
  row: Row;
  names: Record<Side, string>;
  taken: Side | null;
  onEdit: (edit: Edit) => void;
}

function DifferingRow({ row, names, taken, onEdit }: DifferingRowProps) {
  const name = useId();
  return (
    <fieldset data-difference className="border-b border-line px-3 py-1.5 last:border-b-0">
      <legend className="sr-only">{row.label} differs</legend>
      <div className="grid grid-cols-2 items-center gap-x-2 gap-y-1 sm:grid-cols-[minmax(6rem,9rem)_1fr_1fr]">
        <span className="text-sm text-muted max-sm:col-span-2">{row.label}</span>
        {(["left", "right"] as const).map((side) => (
          <label
            key={side}
            className={cx(
              "relative flex min-w-0 items-center gap-2 rounded-lg border px-2.5 py-1.5 text-sm transition-colors",
              "has-focus-visible:outline-2 has-focus-visible:outline-accent",
              taken === side ? "border-accent bg-accent-soft font-medium" : "border-line hover:border-muted",
            )}
          >
            <input
              type="radio"
              name={name}
              aria-label={`${row.label}: take ${names[side]}, ${row[side]}`}
              checked={taken === side}
              onChange={() => onEdit(row.edit(side))}
              className="size-3.5 shrink-0 accent-(--accent) outline-none"
            />
            <span className="min-w-0 break-words">{row.parts ? <Parts parts={row.parts[side]} /> : row[side]}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

function Agreeing({ rows }: { rows: readonly Row[] }) {
  return (
    <details className="px-3 py-2 text-sm text-muted">
      <summary className="rounded hover:text-ink">{count(rows.length, "field agrees", "fields agree")}</summary>
      <dl className="mt-2 grid grid-cols-[minmax(6rem,auto)_1fr] gap-x-4 gap-y-0.5">
        {rows.map((row) => (
          <div key={row.id} className="contents">
            <dt>{row.label}</dt>
            <dd className="text-ink">{row.left}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}
