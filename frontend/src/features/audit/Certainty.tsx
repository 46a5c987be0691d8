import type { CombinedReading, Extraction } from "@/client/types";
import { count } from "@/components/format";
import { describe, DIRECTIONS } from "./compare";

const FIELDS = { rescue_location: "Rescue location", drop_off_location: "Drop-off" } as const;
const READ_BY = { both: "both", regex: "the rules", peft: "the model" } as const;

/** How sure the combination of both readings is, value by value, and who read each: on demand. */
export function Certainty({ combined }: { combined: CombinedReading }) {
  const { extraction, sources, fell_back: fellBack, confidence, calibrated_on: calibratedOn } = combined;
  return (
    <details className="rounded-xl border border-line px-4 py-2.5 text-sm">
      <summary className="rounded text-muted hover:text-ink">
        How sure? <strong className="font-semibold text-ink">{percent(confidence)}</strong> that all of it is right
      </summary>
      <table aria-label="How sure, value by value" className="mt-2 w-full text-left">
        <thead className="text-xs text-muted">
          <tr>
            <th scope="col" className="py-1 pr-3 font-medium">Value</th>
            <th scope="col" className="py-1 pr-3 font-medium">Read by</th>
            <th scope="col" className="py-1 text-right font-medium">Sure</th>
          </tr>
        </thead>
        <tbody>
          {Object.entries(sources).map(([path, source]) => (
            <tr key={path} className="border-t border-line align-top">
              <th scope="row" className="py-1 pr-3 font-normal">{valueAt(extraction, path)}</th>
              <td className="py-1 pr-3 text-muted">
                {READ_BY[source]}
                {fellBack.includes(path) && "; the model read something else and was not sure enough"}
              </td>
              <td className="py-1 text-right whitespace-nowrap tabular-nums">{percent(extraction.confidence?.[path] ?? 0)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p className="mt-2 text-muted">
        {calibratedOn > 0 ? `Measured on ${count(calibratedOn, "audit")} that the model did not learn from.` : "A first guess: this version has no held-out audits yet."}
      </p>
    </details>
  );
}

const percent = (share: number) => (share < 0.01 ? "under 1 %" : `${Math.round(100 * share)} %`);

/** "Drop-off: Love Fridge" for a field's path, "3 case kale" for an item's. */
function valueAt(extraction: Extraction, path: string): string {
  if (path === "direction") return `Direction: ${DIRECTIONS[extraction.direction]}`;
  if (path in FIELDS) {
    const field = path as keyof typeof FIELDS;
    return `${FIELDS[field]}: ${extraction[field] ?? "not said"}`;
  }
  const [, section = "", , item = ""] = path.split(".");
  const found = extraction.sections[Number(section)]?.items[Number(item)];
  return found ? describe(found) : path;
}
