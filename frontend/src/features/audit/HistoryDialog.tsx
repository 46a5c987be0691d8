import { useQuery } from "@tanstack/react-query";
import type { AuditDecision, Extraction, History } from "@/client/types";
import { Dialog } from "@/components/Dialog";
import { formatMoment } from "@/components/format";
import { ErrorNotice, Notice } from "@/components/Notice";
import { historyQuery } from "./api";
import { DifferenceTable } from "./DifferenceTable";
import { TextDiff } from "./TextDiff";

const SAID = { confirmed: "confirmed", corrected: "corrected", skipped: "skipped", undone: "undid the decision before" } as const;

interface HistoryDialogProps {
  recordId: string;
  open: boolean;
  onOpenChange: (open: boolean) => void;
}

/** All that was decided on a message and every edit of its text, the newest first, each with what it changed. */
export function HistoryDialog({ recordId, open, onOpenChange }: HistoryDialogProps) {
  return (
    <Dialog open={open} onOpenChange={onOpenChange} title="History" description="Decisions are never deleted; undoing and editing add to them.">
      {open && <Entries recordId={recordId} />}
    </Dialog>
  );
}

function Entries({ recordId }: { recordId: string }) {
  const { data, error } = useQuery(historyQuery(recordId));
  if (!data) return error ? <ErrorNotice error={error} /> : <Notice>Opening the history…</Notice>;
  const entries = [...texts(data), ...decisions(data)].sort((a, b) => b.at.localeCompare(a.at));
  return (
    <ol className="max-h-[60vh] space-y-3 overflow-y-auto" aria-label="History of this message">
      {entries.map((entry) => (
        <li key={entry.key} className="rounded-xl border border-line p-3">
          <p className="mb-1 text-sm">
            <strong className="font-semibold">{entry.title}</strong> <span className="text-muted">{formatMoment(entry.at)}</span>
          </p>
          {entry.body}
        </li>
      ))}
    </ol>
  );
}

interface Entry {
  key: string;
  at: string;
  title: string;
  body: React.ReactNode;
}

function texts({ revisions }: History): Entry[] {
  return revisions.map(({ revision, text, at }, i) => {
    const before = revisions[i - 1]?.text;
    const body = before === undefined ? <p className="text-sm whitespace-pre-wrap">{text}</p> : <TextDiff before={before} after={text} />;
    return { key: `text ${revision}`, at, title: revision === 1 ? "Message came in" : "Message was edited on Slack", body };
  });
}

function decisions({ audits, opinions }: History): Entry[] {
  const before = (audit: AuditDecision): Extraction | null => {
    const earlier = audits.slice(0, audits.indexOf(audit)).filter(({ extraction }) => extraction);
    return earlier.at(-1)?.extraction ?? null;
  };
  const decided = audits.map((audit) => ({
    key: audit.id,
    at: audit.at,
    title: `${audit.by} ${SAID[audit.decision]}`,
    body: audit.extraction ? <Said before={before(audit)} after={audit.extraction} /> : null,
  }));
  const second = opinions.map((opinion) => ({
    key: `opinion ${opinion.at}`,
    at: opinion.at,
    title: `${opinion.by} gave a second opinion`,
    body: <Said before={audits.find(({ id }) => id === opinion.audit_id)?.extraction ?? null} after={opinion.extraction} />,
  }));
  return [...decided, ...second];
}

function Said({ before, after }: { before: Extraction | null; after: Extraction }) {
  const empty: Extraction = { format: 1, direction: "unknown", sections: [] };
  return <DifferenceTable before={before ?? empty} after={after} names={["Before", "After"]} />;
}
