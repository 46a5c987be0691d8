import type { Run } from "@/client/types";

/** `$1.29`; less than half a cent is still shown as a cost, not as nothing. */
export function formatCents(cents: number): string {
  return cents > 0 && cents < 0.5 ? "under $0.01" : `$${(cents / 100).toFixed(2)}`;
}

/** Cost until now; null where nothing was rented. */
export const costOf = (run: Run): string | null => (run.rentals.length > 0 ? formatCents(run.cost_cents) : null);
