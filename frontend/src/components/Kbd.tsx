import type { ReactNode } from "react";
import { cx } from "./cx";

export function Kbd({ children, className }: { children: ReactNode; className?: string }) {
  return (
    <kbd
      className={cx(
        "inline-flex h-5 min-w-5 items-center justify-center rounded-[5px] border border-current/25 px-1 font-sans",
        "text-[11px] leading-none font-medium opacity-80",
        className,
      )}
    >
      {children}
    </kbd>
  );
}
