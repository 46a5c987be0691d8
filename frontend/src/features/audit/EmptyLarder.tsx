import { Salad } from "lucide-react";
import type { Status } from "@/client/types";
import { ImportPanel } from "./ImportPanel";

const STEPS = [
  ["Import", "your group's Slack export, or the sample."],
  ["Check", "what Larder read in each message, and correct it."],
  ["Train", "the model on 10 or more checked messages."],
] as const;

interface EmptyLarderProps {
  status: Status;
  onDone: () => void;
}

/** The very first screen. */
export function EmptyLarder({ status, onDone }: EmptyLarderProps) {
  return (
    <div className="mx-auto max-w-2xl pt-4 sm:pt-10">
      <div className="card p-6 sm:p-9">
        <Salad aria-hidden size={34} strokeWidth={1.6} className="mb-4 text-accent" />
        <h2 className="text-2xl font-semibold">Bring in your messages</h2>
        <p className="mt-2 max-w-[54ch] text-muted">
          Larder reads what your volunteers post about rescued food and keeps the count. Nothing leaves this machine.
        </p>
        <ol className="my-6 space-y-2.5">
          {STEPS.map(([verb, rest], index) => (
            <li key={verb} className="flex items-baseline gap-3">
              <span className="flex size-6 shrink-0 items-center justify-center rounded-full bg-accent-soft text-sm font-semibold text-accent">
                {index + 1}
              </span>
              <span>
                <strong className="font-semibold">{verb}</strong> {rest}
              </span>
            </li>
          ))}
        </ol>
        <ImportPanel hasSample={status.has_sample} onDone={onDone} />
      </div>
    </div>
  );
}
