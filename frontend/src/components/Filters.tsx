import { SlidersHorizontal, X } from "lucide-react";
import { Popover } from "radix-ui";
import type { ReactNode } from "react";
import { Button } from "./Button";
import { Labelled } from "./Labelled";

interface FiltersProps {
  /** How many are chosen. */
  chosen: number;
  onClear: () => void;
  children: ReactNode;
}

/** What is chosen less often than it would take room, behind one button that says how much is chosen. */
export function Filters({ chosen, onClear, children }: FiltersProps) {
  return (
    <Popover.Root>
      <Popover.Trigger asChild>
        <Button small className="!h-9" icon={<SlidersHorizontal size={16} aria-hidden />}>
          {chosen ? `Filters (${chosen})` : "Filters"}
        </Button>
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content aria-label="Filters" sideOffset={6} align="start" collisionPadding={12} className="card z-50 w-80 space-y-3 p-4">
          {children}
          {chosen > 0 && (
            <Button small look="quiet" icon={<X size={15} aria-hidden />} onClick={onClear}>
              Clear filters
            </Button>
          )}
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}

interface FieldProps {
  label: string;
  value: string;
  onChange: (value: string) => void;
}

/** One of several; `any` is said for none of them. */
export function Choice({ label, value, any, options, onChange }: FieldProps & { any: string; options: readonly (readonly [key: string, name: string])[] }) {
  return (
    <Labelled label={label}>
      {(id) => (
        <select id={id} value={value} onChange={(event) => onChange(event.target.value)} className="field">
          <option value="">{any}</option>
          {options.map(([key, name]) => (
            <option key={key} value={key}>
              {name}
            </option>
          ))}
        </select>
      )}
    </Labelled>
  );
}

interface DaysProps {
  since: string;
  until: string;
  onChange: (name: "since" | "until") => (value: string) => void;
}

/** From one day to another, both included. */
export function Days({ since, until, onChange }: DaysProps) {
  return (
    <div className="grid grid-cols-2 gap-2">
      <Day label="From" value={since} onChange={onChange("since")} />
      <Day label="To" value={until} onChange={onChange("until")} />
    </div>
  );
}

function Day({ label, value, onChange }: FieldProps) {
  return (
    <Labelled label={label}>
      {(id) => <input id={id} type="date" value={value} onChange={(event) => onChange(event.target.value)} className="field" />}
    </Labelled>
  );
}
