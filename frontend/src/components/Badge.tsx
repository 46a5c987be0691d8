import type { ReactNode } from "react";
import { cx } from "./cx";

export type Tone = "plain" | "good" | "warn" | "bad";

const tones: Record<Tone, string> = {
  plain: "bg-sunken text-muted",
  good: "bg-accent-soft text-ok",
  warn: "bg-warn-soft text-warn",
  bad: "bg-danger-soft text-danger",
};

export function Badge({ tone = "plain", children, className }: { tone?: Tone; children: ReactNode; className?: string }) {
  return (
    <span
      className={cx(
        "inline-flex items-center gap-1 rounded-full px-2 py-0.5 text-xs font-medium whitespace-nowrap",
        tones[tone],
        className,
      )}
    >
      {children}
    </span>
  );
}
