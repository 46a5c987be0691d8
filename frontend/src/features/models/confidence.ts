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
