import { Progress as Radix } from "radix-ui";

interface ProgressProps {
  label: string;
  value: number;
  max: number;
}

/** A bar for work whose size is known; without a size it says that it runs and no more. */
export function Progress({ label, value, max }: ProgressProps) {
  const known = max > 0;
  const share = known ? Math.min(1, value / max) : 0;
  return (
    <Radix.Root
      aria-label={label}
      value={known ? Math.min(value, max) : null}
      max={known ? max : 100}
      className="h-2 w-full overflow-hidden rounded-full bg-sunken"
    >
      <Radix.Indicator
        className={known ? "h-full rounded-full bg-accent transition-[width] duration-500" : "h-full w-1/3 animate-pulse rounded-full bg-accent"}
        style={known ? { width: `${(share * 100).toFixed(1)}%` } : undefined}
      />
    </Radix.Root>
  );
}
