import type { RecordSummary } from "@/client/types";

const SHOWN = 4;

interface UpNextProps {
  records: readonly RecordSummary[];
  index: number;
  onGo: (index: number) => void;
}

/** The next few messages, so that a person sees what is coming and may jump ahead. */
export function UpNext({ records, index, onGo }: UpNextProps) {
  const next = records.slice(index + 1, index + 1 + SHOWN);
  if (next.length === 0) return null;
  return (
    <nav aria-label="Up next" className="px-1 max-lg:hidden">
      <p className="mb-1 px-2 text-xs font-medium text-muted">Up next</p>
      <ol>
        {next.map((record, i) => (
          <li key={record.id}>
            <button
              type="button"
              onClick={() => onGo(index + 1 + i)}
              className="flex w-full items-baseline gap-2 rounded-lg px-2 py-1.5 text-left text-sm text-muted transition-colors hover:bg-sunken hover:text-ink"
            >
              <span className="shrink-0 font-medium">{record.author.split(" ")[0]}</span>
              <span className="truncate">{record.text}</span>
            </button>
          </li>
        ))}
      </ol>
    </nav>
  );
}
