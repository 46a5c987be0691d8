import { ChevronLeft, ChevronRight, Search, Upload } from "lucide-react";
import { useEffect, useState } from "react";
import { Button, IconButton } from "@/components/Button";
import { MoreFilters } from "./MoreFilters";
import { Segmented } from "@/components/Segmented";
import type { AuditFilter, Filter, Order } from "./api";
import type { View } from "./decide";

const FILTERS = [
  { value: "unaudited", label: "Unaudited" },
  { value: "all", label: "All" },
  { value: "audited", label: "Audited" },
  { value: "look", label: "Needs a look" },
] as const satisfies readonly { value: AuditFilter; label: string }[];

const SECOND = { value: "second", label: "Second opinions" } as const;

const SEARCH_DELAY_MS = 300;

interface ToolbarProps {
  filter: Filter;
  onFilter: (change: Partial<Filter>) => void;
  /** Missing for those who may only look. */
  onImport: (() => void) | undefined;
}

export function Toolbar({ filter, onFilter, onImport }: ToolbarProps) {
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
      <Segmented
        legend="Show messages"
        choices={filter.audit === "second" ? [...FILTERS, SECOND] : FILTERS}
        value={filter.audit}
        onChange={(audit) => onFilter({ audit })}
        className="max-sm:-order-2"
      />
      <SearchField value={filter.q} onChange={(q) => onFilter({ q })} />
      <select
        aria-label="Order"
        value={filter.order}
        onChange={(event) => onFilter({ order: event.target.value as Order })}
        className="field !w-auto text-sm"
      >
        <option value="oldest">Oldest first</option>
        <option value="newest">Newest first</option>
        <option value="risk">Most worth auditing</option>
        <option value="random">Random sample</option>
      </select>
      <MoreFilters filter={filter} onFilter={onFilter} />
      {onImport && (
        <Button small look="quiet" className="ml-auto max-sm:-order-1" icon={<Upload size={16} aria-hidden />} onClick={onImport}>
          Import
        </Button>
      )}
    </div>
  );
}

/** Asks a moment after the last letter, so that typing does not send a request each; follows a search that changed elsewhere. */
function SearchField({ value, onChange }: { value: string; onChange: (q: string) => void }) {
  const [typed, setTyped] = useState(value);
  const [sent, setSent] = useState(value);
  const [seen, setSeen] = useState(value);
  if (value !== seen) {
    setSeen(value);
    if (value !== sent) setTyped(value);
  }
  const wanted = typed.trim();
  useEffect(() => {
    if (wanted === value) return;
    const timer = setTimeout(() => {
      setSent(wanted);
      onChange(wanted);
    }, SEARCH_DELAY_MS);
    return () => clearTimeout(timer);
  }, [wanted, value, onChange]);
  return (
    <div className="relative min-w-40 flex-1 sm:max-w-64">
      <Search aria-hidden size={16} className="pointer-events-none absolute top-1/2 left-2.5 -translate-y-1/2 text-muted" />
      <input
        type="search"
        aria-label="Search messages"
        placeholder="Search messages"
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
        className="field !pl-8 text-sm"
      />
    </div>
  );
}

interface PositionProps {
  index: number;
  total: number;
  isLonger: boolean;
  onGo: (index: number) => void;
}

/** Where the walk is: "Message 5 / 234". */
export function Position({ index, total, isLonger, onGo }: PositionProps) {
  const isPast = index >= total;
  return (
    <nav aria-label="Messages" className="flex items-center gap-1 max-sm:-order-2">
      <IconButton label="Previous message" disabled={index <= 0} onClick={() => onGo(index - 1)}>
        <ChevronLeft size={20} aria-hidden />
      </IconButton>
      <p className="min-w-36 text-center font-semibold tabular-nums">
        {isPast ? "All seen" : `Message ${index + 1} / ${total}${isLonger ? "+" : ""}`}
      </p>
      <IconButton label="Next message" disabled={isPast} onClick={() => onGo(index + 1)}>
        <ChevronRight size={20} aria-hidden />
      </IconButton>
    </nav>
  );
}

const VIEWS = [
  { value: "regex", label: "Regex" },
  { value: "peft", label: "PEFT model" },
  { value: "compare", label: "Compare both" },
] as const satisfies readonly { value: View; label: string }[];

/** Which reading the draft starts from; shown once there is a model to choose. */
export function MethodControl({ view, onView }: { view: View; onView: (view: View) => void }) {
  return <Segmented legend="Extraction method" choices={VIEWS} value={view} onChange={onView} />;
}
