import { percent } from "./ScatterLine";

/** What an evaluation says of the combined reading's confidence. The API gives it as stored JSON. */
export interface Bin {
  low: number;
  high: number;
  count: number;
  confidence: number;
  right: number;
}

export interface Confidence {
  fields: Record<string, { count: number; calibration_error: number; brier: number; bins: Bin[] }>;
  curve: { threshold: number; coverage: number; risk: number }[];
  acceptance: { precision: number; share: number; interval: [number, number]; accepted: number; wrong: number; at_least: number };
}

export const asConfidence = (stored: Record<string, unknown> | null | undefined) => (stored ? (stored as unknown as Confidence) : null);

/** How many messages would need no person, if what is accepted must be right so often; and what that rests on. */
export function accepted({ acceptance }: Confidence): string {
  const { share, interval, accepted: count, wrong, precision, at_least } = acceptance;
  if (!count) return `No message is sure enough yet to be accepted without a person at ${percent(precision)} precision.`;
  return (
    `Auto-accept at ${percent(precision)} precision would need no person for ${percent(share)} of messages ` +
    `(${percent(interval[0])} to ${percent(interval[1])}): ${count} accepted, ${wrong} of them wrong. So few prove a precision of at least ${percent(at_least)}.`
  );
}
