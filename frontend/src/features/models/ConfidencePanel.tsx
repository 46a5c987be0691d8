import { useId, useState } from "react";
import type { Confidence } from "./confidence";
import { percent, ScatterLine } from "./ScatterLine";

const FIELDS: Record<string, string> = {
  message: "Whole message",
  item: "Items",
  direction: "Direction",
  rescue_location: "Rescue location",
  drop_off_location: "Drop-off",
};

/** Whether the combined reading's confidence means what it says, and how risk grows with what is accepted. */
export function ConfidencePanel({ confidence }: { confidence: Confidence }) {
  const [field, setField] = useState("item");
  const id = useId();
  const found = confidence.fields[field];
  return (
    <div className="grid gap-6 md:grid-cols-2">
      <ScatterLine
        label="Said and right"
        xLabel="confidence said"
        yLabel="share right"
        diagonal
        points={(found?.bins ?? []).map((bin) => ({ x: bin.confidence, y: bin.right, name: `${percent(bin.confidence)} said, ${percent(bin.right)} right, ${bin.count} values` }))}
      >
        <div className="flex flex-wrap items-center gap-2 text-sm text-muted">
          <label htmlFor={id}>Of</label>
          <select id={id} className="field !w-auto py-1" value={field} onChange={(event) => setField(event.target.value)}>
            {Object.entries(FIELDS).map(([name, label]) => (
              <option key={name} value={name}>
                {label}
              </option>
            ))}
          </select>
          {found && (
            <span>
              {found.count} values, off by {(found.calibration_error * 100).toFixed(1)} points on average
            </span>
          )}
        </div>
      </ScatterLine>
      <ScatterLine
        label="Accepting the surest messages without a person"
        xLabel="share of messages accepted"
        yLabel="share of them with an error"
        yMax={Math.max(0.1, ...confidence.curve.map((point) => point.risk))}
        points={confidence.curve.map((point) => ({ x: point.coverage, y: point.risk, name: `${percent(point.coverage)} accepted, ${percent(point.risk)} of them wrong` }))}
      />
    </div>
  );
}
