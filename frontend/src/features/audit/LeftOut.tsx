import { useQuery } from "@tanstack/react-query";
import { Plus, X } from "lucide-react";
import { tablesQuery } from "@/client/queries";
import { IconButton } from "@/components/Button";
import type { Edit } from "./draft-edits";
import { parseLine } from "./lines";
import type { Unclaimed } from "./unclaimed";
import { unitsOf } from "./units";

interface LeftOutProps {
  left: readonly Unclaimed[];
  onEdit: (edit: Edit) => void;
  onLeaveOut: (one: Unclaimed) => void;
}

const SHOWN = 6;
/** A longer one is no name but a sentence. */
const MOST_WORDS = 4;

/** What the message mentions and no item claims: one press adds it, another says that it is none. */
export function LeftOut({ left, onEdit, onLeaveOut }: LeftOutProps) {
  const { data: tables } = useQuery(tablesQuery);
  if (left.length === 0) return null;
  const add = (one: Unclaimed) => {
    const line = parseLine(one.around, unitsOf(tables));
    const isLine = line.quantity && line.name && line.name.split(/\s+/).length <= MOST_WORDS;
    onEdit({ type: "add-lines", section: null, lines: [isLine ? line : { quantity: "", unit: "", name: one.text }] });
  };
  return (
    <section aria-label="Left out" className="card p-4">
      <h2 className="text-sm font-semibold">In no item yet</h2>
      <p className="mb-2.5 text-sm text-muted">Was something left out? Add it with +. Else go on.</p>
      <ul className="flex flex-wrap gap-2">
        {left.slice(0, SHOWN).map((one) => (
          <li key={one.start} className="flex items-center rounded-lg border border-line-strong pl-2.5 text-sm">
            <span className="max-w-56 truncate text-muted" title={one.around}>
              {one.before} <strong className="font-semibold text-ink">{one.text}</strong> {one.after}
            </span>
            <IconButton label={`Add an item for ${one.before} ${one.text} ${one.after}`} onClick={() => add(one)}>
              <Plus size={15} aria-hidden />
            </IconButton>
            <IconButton label={`${one.text} is no item`} onClick={() => onLeaveOut(one)}>
              <X size={15} aria-hidden />
            </IconButton>
          </li>
        ))}
      </ul>
    </section>
  );
}
