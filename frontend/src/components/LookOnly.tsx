import type { ReactNode } from "react";

/** Fields that can be read but not changed, and without their buttons, while `only` holds. */
export function LookOnly({ only, children }: { only: boolean; children: ReactNode }) {
  return (
    <fieldset disabled={only} className="look-only min-w-0 space-y-5">
      {children}
    </fieldset>
  );
}
