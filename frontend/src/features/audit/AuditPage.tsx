import { getRouteApi } from "@tanstack/react-router";
import { useCallback, useMemo, useState } from "react";
import { useStatus } from "@/client/queries";
import { Dialog } from "@/components/Dialog";
import { ErrorNotice, Notice } from "@/components/Notice";
import { useMay } from "@/features/accounts/api";
import type { Filter } from "./api";
import type { View } from "./decide";
import { EmptyLarder } from "./EmptyLarder";
import { ImportPanel } from "./ImportPanel";
import { Toolbar } from "./Toolbar";
import { Workspace } from "./Workspace";

const route = getRouteApi("/");

export function AuditPage() {
  const search = route.useSearch();
  const address = JSON.stringify(search);
  const filter = useMemo(() => JSON.parse(address) as Filter, [address]);
  const navigate = route.useNavigate();
  const { data: status, error } = useStatus();
  const [walk, setWalk] = useState(0);
  const [isWelcome, setWelcome] = useState<boolean | null>(null);
  const mayAudit = useMay("auditor");
  const [importing, setImporting] = useState(false);
  const [wanted, setView] = useState<View | null>(null);
  const onFilter = useCallback((change: Partial<Filter>) => void navigate({ search: (before) => ({ ...before, ...change }), replace: true }), [navigate]);
  const restart = useCallback(() => setWalk((n) => n + 1), []);
  const onImported = useCallback(() => {
    setWelcome(false);
    setImporting(false);
    restart();
  }, [restart]);

  if (!status) return error ? <ErrorNotice error={error} /> : <Notice>Opening the larder…</Notice>;
  // The welcome stays while its import runs, although records are there already.
  if (isWelcome === null && status.records === 0) setWelcome(true);
  if (isWelcome && !mayAudit) return <Notice>There are no messages yet. An auditor of your group imports them, or an admin connects Slack.</Notice>;
  if (isWelcome) return <EmptyLarder status={status} onDone={onImported} />;

  const view = status.active_version ? (wanted ?? "peft") : "regex";
  return (
    <div className="space-y-4">
      <h1 className="sr-only">Slack browser</h1>
      <Toolbar filter={filter} onFilter={onFilter} onImport={mayAudit ? () => setImporting(true) : undefined} />
      <Workspace
        key={`${address} ${walk}`}
        filter={filter}
        status={status}
        view={view}
        onView={setView}
        onRestart={restart}
      />
      <Dialog open={importing} onOpenChange={setImporting} title="Import messages">
        <ImportPanel hasSample={status.has_sample} onDone={onImported} />
      </Dialog>
    </div>
  );
}
