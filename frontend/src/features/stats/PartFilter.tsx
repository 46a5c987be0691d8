import { useQuery } from "@tanstack/react-query";
import { Download, Printer } from "lucide-react";
import { DropdownMenu } from "radix-ui";
import type { Bar } from "@/client/types";
import { Button } from "@/components/Button";
import { Choice, Days, Filters } from "@/components/Filters";
import { filtersQuery } from "@/features/audit/api";
import { EVERYTHING, type Part, queryOf } from "./part";

interface PartFilterProps {
  part: Part;
  subcategories: readonly Bar[];
  onPart: (part: Part) => void;
}

/** What is counted: place, kind, channel, days. */
export function PartFilter({ part, subcategories, onPart }: PartFilterProps) {
  const { data } = useQuery(filtersQuery);
  const set = (name: keyof Part) => (value: string) => onPart({ ...part, [name]: value });
  const places = (data?.places ?? []).map((name) => [name, name] as const);
  const kinds = subcategories.flatMap(({ name }) => (name ? [[name, name] as const] : []));
  const channels = (data?.channels ?? []).map(({ id, name }) => [id, `#${name}`] as const);
  return (
    <Filters chosen={Object.values(part).filter(Boolean).length} onClear={() => onPart(EVERYTHING)}>
      <Choice label="Place" any="Every place" value={part.place} options={places} onChange={set("place")} />
      <Choice label="Subcategory" any="Every kind" value={part.subcategory} options={kinds} onChange={set("subcategory")} />
      <Choice label="Channel" any="Every channel" value={part.channel} options={channels} onChange={set("channel")} />
      <Days since={part.since} until={part.until} onChange={set} />
    </Filters>
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
          <Button small className="!h-9" icon={<Download size={16} aria-hidden />}>Export</Button>
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
