import { useId } from "react";
import { cx } from "./cx";

export interface Choice<T extends string> {
  value: T;
  label: string;
}

interface SegmentedProps<T extends string> {
  legend: string;
  choices: readonly Choice<T>[];
  value: T;
  onChange: (value: T) => void;
  showLegend?: boolean;
  className?: string;
}

/** One of a few: native radio buttons that look like one control, so that arrows and screen readers just work. */
export function Segmented<T extends string>(props: SegmentedProps<T>) {
  const { legend, choices, value, onChange, showLegend = false, className } = props;
  const name = useId();
  return (
    <fieldset className={cx("min-w-0", className)}>
      <legend className={showLegend ? "mb-1 text-sm font-medium text-muted" : "sr-only"}>{legend}</legend>
      <div className="inline-flex max-w-full rounded-[10px] border border-line bg-sunken p-0.5">
        {choices.map((choice) => (
          <label
            key={choice.value}
            className={cx(
              "relative inline-flex h-8 items-center rounded-lg px-3 text-sm font-medium whitespace-nowrap transition-colors",
              "has-focus-visible:outline-2 has-focus-visible:outline-accent",
              choice.value === value ? "bg-raised text-ink shadow-sm" : "text-muted hover:text-ink",
            )}
          >
            <input
              type="radio"
              name={name}
              value={choice.value}
              checked={choice.value === value}
              onChange={() => onChange(choice.value)}
              className="absolute inset-0 size-full cursor-pointer opacity-0"
            />
            {choice.label}
          </label>
        ))}
      </div>
    </fieldset>
  );
}
