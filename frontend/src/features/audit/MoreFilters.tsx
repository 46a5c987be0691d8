import { useQuery } from "@tanstack/react-query";
import { SlidersHorizontal, X } from "lucide-react";
import { Popover } from "radix-ui";
import { Button } from "@/components/Button";
import { Labelled } from "@/components/Labelled";
import { type Filter, filtersQuery } from "./api";

const NONE = { channel: "", place: "", since: "", until: "" };

/** Channel, place and days: what is chosen less often than it would take room. */
export function MoreFilters({ filter, onFilter }: { filter: Filter; onFilter: (filter: Filter) => void }) {
  const { data } = useQuery(filtersQuery);
  const chosen = Object.keys(NONE).filter((name) => filter[name as keyof typeof NONE]).length;
  const set = (name: keyof typeof NONE) => (value: string) => onFilter({ ...filter, [name]: value });
  const channels = (data?.channels ?? []).map(({ id, name }) => [id, `#${name}`] as const);
  const places = (data?.places ?? []).map((name) => [name, name] as const);
  return (
    <Popover.Root>
      <Popover.Trigger asChild>
        <Button small icon={<SlidersHorizontal size={16} aria-hidden />}>
          {chosen ? `Filters (${chosen})` : "Filters"}
        </Button>
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content aria-label="Filters" sideOffset={6} align="start" collisionPadding={12} className="card z-50 w-72 space-y-3 p-4">
          <Choice label="Channel" value={filter.channel} any="Every channel" options={channels} onChange={set("channel")} />
          <Choice label="Place" value={filter.place} any="Every place" options={places} onChange={set("place")} />
          <div className="grid grid-cols-2 gap-2">
            <Day label="From" value={filter.since} onChange={set("since")} />
            <Day label="To" value={filter.until} onChange={set("until")} />
          </div>
          {chosen > 0 && (
            <Button small look="quiet" icon={<X size={15} aria-hidden />} onClick={() => onFilter({ ...filter, ...NONE })}>
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

function Choice({ label, value, any, options, onChange }: FieldProps & { any: string; options: readonly (readonly [string, string])[] }) {
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

function Day({ label, value, onChange }: FieldProps) {
  return (
    <Labelled label={label}>
      {(id) => <input id={id} type="date" value={value} onChange={(event) => onChange(event.target.value)} className="field" />}
    </Labelled>
  );
}
