import { ErrorNotice } from "@/components/Notice";
import { Button } from "@/components/Button";

/** A screen that broke says so and can be opened again; the rest of the page lives on. */
export function RouteError({ error, reset }: { error: unknown; reset: () => void }) {
  return (
    <div className="mx-auto max-w-2xl p-6">
      <ErrorNotice error={error} actions={<Button small onClick={reset}>Open it again</Button>} />
    </div>
  );
}
