import type { Extraction } from "@/client/types";
import { compare } from "./compare";

interface DifferenceTableProps {
  before: Extraction;
  after: Extraction;
  names: readonly [string, string];
}

/** Where two extractions differ, field by field. */
export function DifferenceTable({ before, after, names }: DifferenceTableProps) {
  const rows = compare(before, after).rows.filter((row) => row.differs && row.level !== "field");
  if (rows.length === 0) return <p className="text-sm text-muted">Both say the same.</p>;
  return (
    <table className="w-full text-left text-sm">
      <thead className="text-xs text-muted">
        <tr>
          <th scope="col" className="py-1 pr-3 font-medium">Field</th>
          <th scope="col" className="py-1 pr-3 font-medium">{names[0]}</th>
          <th scope="col" className="py-1 font-medium">{names[1]}</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.id} className="border-t border-line align-top">
            <th scope="row" className="py-1 pr-3 font-normal text-muted">{row.label}</th>
            <td className="py-1 pr-3">{row.left}</td>
            <td className="py-1 font-medium">{row.right}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
