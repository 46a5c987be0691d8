import { Tooltip as Radix } from "radix-ui";
import type { ReactNode } from "react";

/** A sentence on hover and on keyboard focus. The child must be focusable. */
export function Tooltip({ text, children }: { text: string; children: ReactNode }) {
  return (
    <Radix.Root delayDuration={200}>
      <Radix.Trigger asChild>{children}</Radix.Trigger>
      <Radix.Portal>
        <Radix.Content
          sideOffset={6}
          collisionPadding={12}
          className="z-50 max-w-64 rounded-lg bg-ink px-2.5 py-1.5 text-sm text-bg shadow-lg"
        >
          {text}
          <Radix.Arrow className="fill-(--ink)" />
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

export const TooltipProvider = Radix.Provider;
