import type { TablesPreview as Preview } from "@/client/types";
import { count, formatPounds } from "@/components/format";

/** What other tables would make of what was audited so far. */
export function TablesPreview({ preview }: { preview: Preview }) {
  if (preview.items === 0) return <p role="status" className="text-sm text-muted">These tables change nothing in what was audited so far.</p>;
  return (
    <div role="status" aria-label="What these tables change" className="space-y-2">
      <p className="text-sm">
        {count(preview.items, "item")} in {count(preview.records, "audited message")} {preview.items === 1 ? "changes" : "change"}: in all{" "}
        <strong>{formatPounds(preview.pounds_before)}</strong> becomes <strong>{formatPounds(preview.pounds_after)}</strong>. Decisions stay as they are.
      </p>
      <table className="w-full text-sm">
        <thead className="text-left text-muted">
          <tr>
            <th className="py-1 font-medium">Subcategory</th>
            <th className="py-1 text-right font-medium">Now</th>
            <th className="py-1 text-right font-medium">After saving</th>
          </tr>
        </thead>
        <tbody className="tabular-nums">
          {preview.by_subcategory.map((change) => (
            <tr key={change.name ?? ""} className="border-t border-line">
              <td className="py-1">{change.name ?? "None"}</td>
              <td className="py-1 text-right">{`${formatPounds(change.pounds_before)}, ${count(change.items_before, "item")}`}</td>
              <td className="py-1 text-right">{`${formatPounds(change.pounds_after)}, ${count(change.items_after, "item")}`}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
