import { keepPreviousData, queryOptions, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "@tanstack/react-router";
import { ChartNoAxesColumn } from "lucide-react";
import { auditApi } from "@/client/client";
import { unwrap } from "@/client/errors";
import type { Bar, Readiness, Stats } from "@/client/types";
import { BarTable } from "@/components/BarTable";
import { buttonClass } from "@/components/Button";
import { EmptyState } from "@/components/EmptyState";
import { count, formatNumber } from "@/components/format";
import { ErrorNotice, Notice } from "@/components/Notice";
import { Progress } from "@/components/Progress";
import { AgreementCard, EstimateCard } from "./Honesty";
import { OverTime } from "./OverTime";
import { EVERYTHING, isNarrow, type Part, queryOf } from "./part";
import { ExportMenu, PartFilter } from "./PartFilter";

function statsQuery(part: Part) {
  return queryOptions({
    queryKey: ["stats", part],
    queryFn: ({ signal }) => unwrap(auditApi.GET("/api/stats", { params: { query: queryOf(part) }, signal })),
    refetchInterval: 10_000,
    placeholderData: keepPreviousData,
  });
}

export function StatsPage() {
  const [part, setPart] = useState<Part>(EVERYTHING);
  const { data: stats, error } = useQuery(statsQuery(part));
  return (
    <div className="space-y-5">
      <div className="flex flex-wrap items-center gap-3">
        <h1 className="text-2xl font-semibold">Audited stats</h1>
        <div className="ml-auto flex flex-wrap items-center gap-2 print:hidden">
          <PartFilter part={part} subcategories={stats?.by_subcategory ?? []} onPart={setPart} />
          <ExportMenu part={part} />
        </div>
      </div>
      <ErrorNotice error={error} />
      {!stats && !error && <Notice>Counting…</Notice>}
      {stats && (stats.audited > 0 || isNarrow(part) ? <Report stats={stats} /> : <NothingYet readiness={stats.readiness} />)}
    </div>
  );
}

function Report({ stats }: { stats: Stats }) {
  return (
    <>
      <div className="grid grid-cols-2 gap-3 sm:gap-4 lg:grid-cols-4">
        <Tile label="Total audited" value={formatNumber(stats.audited)} note={`of ${count(stats.records, "message")}`} />
        <Tile label="Items" value={formatNumber(stats.items)} note="lines of food" />
        <Tile label="Total pounds" value={formatNumber(stats.pounds)} note={`audited; ${formatNumber(stats.unaudited_pounds)} lb only read`} />
        <TrainingReadiness readiness={stats.readiness} />
      </div>
      <div className="grid items-start gap-4 lg:grid-cols-2">
        <EstimateCard stats={stats} />
        <AgreementCard agreement={stats.agreement} />
      </div>
      <section className="card p-5">
        <OverTime periods={stats.over_time} step={stats.step} />
      </section>
      <div className="grid items-start gap-4 lg:grid-cols-2">
        <section className="card p-5">
          <Bars caption="Pounds by location" header="Location" nameless="No place" rows={stats.by_location} />
        </section>
        <section className="card p-5">
          <Bars caption="Pounds by subcategory" header="Subcategory" nameless="Other" rows={stats.by_subcategory} />
        </section>
      </div>
    </>
  );
}

interface BarsProps {
  caption: string;
  header: string;
  /** What the bar of items without a name is called. */
  nameless: string;
  rows: readonly Bar[];
}

function Bars({ caption, header, nameless, rows }: BarsProps) {
  const bars = rows.map(({ name, pounds, items, unaudited_pounds }) => ({
    name: name ?? nameless,
    value: pounds,
    rest: unaudited_pounds,
    note: unaudited_pounds > 0 ? `+ ${formatNumber(unaudited_pounds)} only read` : count(items, "item"),
  }));
  return <BarTable caption={caption} nameHeader={header} valueHeader="Pounds" unit="lb" rows={bars} />;
}

function Tile({ label, value, note }: { label: string; value: string; note: string }) {
  return (
    <section aria-label={label} className="card p-5">
      <h2 className="text-sm font-medium text-muted">{label}</h2>
      <p className="mt-1 text-[2rem] leading-tight font-semibold tracking-tight tabular-nums">{value}</p>
      <p className="text-sm text-muted">{note}</p>
    </section>
  );
}

function TrainingReadiness({ readiness: { audited, needed, ready, missing } }: { readiness: Readiness }) {
  return (
    <section aria-label="Training readiness" className="card flex flex-col p-5">
      <h2 className="text-sm font-medium text-muted">Training readiness</h2>
      <p className="mt-1 mb-2 font-semibold">
        {ready ? "Ready to train" : `${audited} of ${needed} audited`}
      </p>
      <Progress label="Audited messages for training" value={audited} max={needed} />
      <p className="mt-2 text-sm text-muted">
        {ready ? (
          <Link to="/training" className="font-medium text-accent hover:underline">
            Train a new version
          </Link>
        ) : (
          `Audit ${count(needed - audited, "more message", "more messages")} first.`
        )}
      </p>
      {ready && missing.map((sentence) => <p key={sentence} className="mt-1 text-sm text-warn">{sentence}</p>)}
    </section>
  );
}

function NothingYet({ readiness }: { readiness: Readiness }) {
  return (
    <EmptyState
      icon={ChartNoAxesColumn}
      title="No audits to count yet"
      actions={
        <Link to="/" className={buttonClass("primary")}>
          Audit the first message
        </Link>
      }
    >
      Confirm a reading in the Slack browser and its pounds appear here. After {readiness.needed} audits you can train the model.
    </EmptyState>
  );
}
