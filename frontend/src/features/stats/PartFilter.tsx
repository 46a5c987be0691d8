import { useQuery } from "@tanstack/react-query";
import { Download, Printer } from "lucide-react";
import { DropdownMenu } from "radix-ui";
import type { Bar } from "@/client/types";
import { Button } from "@/components/Button";
import { filtersQuery } from "@/features/audit/api";
import { EVERYTHING, isNarrow, type Part, queryOf } from "./part";

interface PartFilterProps {
  part: Part;
  subcategories: readonly Bar[];
  onPart: (part: Part) => void;
}

/** What is counted: place, kind, channel, days. */
export function PartFilter({ part, subcategories, onPart }: PartFilterProps) {
  const { data } = useQuery(filtersQuery);
  const set = (name: keyof Part) => (value: string) => onPart({ ...part, [name]: value });
  const kinds = subcategories.flatMap(({ name }) => (name ? [name] : []));
  const channels = (data?.channels ?? []).map(({ id, name }) => ({ id, name: `#${name}` }));
  return (
    <>
      <Pick label="Place" any="Every place" value={part.place} options={named(data?.places ?? [])} onChange={set("place")} />
      <Pick label="Subcategory" any="Every kind" value={part.subcategory} options={named(kinds)} onChange={set("subcategory")} />
      <Pick label="Channel" any="Every channel" value={part.channel} options={channels} onChange={set("channel")} />
      <input type="date" aria-label="From" value={part.since} onChange={(event) => set("since")(event.target.value)} className="field !w-auto" />
      <input type="date" aria-label="To" value={part.until} onChange={(event) => set("until")(event.target.value)} className="field !w-auto" />
      {isNarrow(part) && (
        <Button small look="quiet" onClick={() => onPart(EVERYTHING)}>
          Count everything
        </Button>
      )}
    </>
  );
}

interface Option {
  id: string;
  name: string;
}

const named = (names: readonly string[]): Option[] => names.map((name) => ({ id: name, name }));

interface PickProps {
  label: string;
  any: string;
  value: string;
  options: readonly Option[];
  onChange: (value: string) => void;
}

function Pick({ label, any, value, options, onChange }: PickProps) {
  return (
    <select aria-label={label} value={value} onChange={(event) => onChange(event.target.value)} className="field !w-auto max-w-44">
      <option value="">{any}</option>
      {options.map(({ id, name }) => (
        <option key={id} value={id}>
          {name}
        </option>
      ))}
    </select>
  );
}

const FORMATS = [
  ["csv", "CSV, for any spreadsheet"],
  ["xlsx", "Excel workbook"],
  ["parquet", "Parquet, for analysis"],
  ["jsonl", "JSON lines, for programs"],
] as const;

/** The counted part as a file, one line of food a row. */
export function ExportMenu({ part }: { part: Part }) {
  const href = (format: string) => `/api/stats/export?${new URLSearchParams({ format, ...queryOf(part) }).toString()}`;
  return (
    <>
      <DropdownMenu.Root>
        <DropdownMenu.Trigger asChild>
          <Button small icon={<Download size={16} aria-hidden />}>Export</Button>
        </DropdownMenu.Trigger>
        <DropdownMenu.Portal>
          <DropdownMenu.Content align="end" className="card z-50 min-w-56 p-1">
            {FORMATS.map(([format, label]) => (
              <DropdownMenu.Item key={format} asChild className="block rounded-md px-3 py-1.5 text-sm outline-none data-highlighted:bg-sunken">
                <a href={href(format)} download>
                  {label}
                </a>
              </DropdownMenu.Item>
            ))}
          </DropdownMenu.Content>
        </DropdownMenu.Portal>
      </DropdownMenu.Root>
      <Button small look="quiet" icon={<Printer size={16} aria-hidden />} onClick={() => window.print()}>
        Print
      </Button>
    </>
  );
}
