/** How far the figures can be trusted: what the unaudited messages may weigh, and how far two auditors agree. */
import type { Stats } from "@/client/types";
import { count, formatNumber, formatPounds } from "@/components/format";

export function EstimateCard({ stats: { estimate, pounds } }: { stats: Stats }) {
  const { low, high, fair, from_records } = estimate;
  const share = estimate.pounds > 0 ? Math.round((100 * pounds) / estimate.pounds) : 100;
  return (
    <section aria-label="Everything, estimated" className="card p-5">
      <h2 className="text-sm font-medium text-muted">Everything, audited or not</h2>
      <p className="mt-1 text-2xl font-semibold tabular-nums">about {formatPounds(estimate.pounds)}</p>
      <p className="text-sm text-muted">
        {low === null || high === null
          ? "Too few audits to say how far off this may be: 30 are needed."
          : `Between ${formatNumber(low)} and ${formatNumber(high)} lb in 19 of 20 cases, from ${count(from_records, "audit")}.`}
      </p>
      <p className="mt-1 text-sm text-muted">
        {share} % of it is audited.
        {!fair && low !== null && " The audits are no random sample, so this may lean to one side; audit some in the order Random sample."}
      </p>
    </section>
  );
}

const FIELDS = { direction: "Direction", rescue_location: "Rescue location", drop_off_location: "Drop-off", items: "All items" } as const;

export function AgreementCard({ agreement: { of, waiting, fields } }: { agreement: Stats["agreement"] }) {
  return (
    <section aria-label="Agreement of two auditors" className="card p-5">
      <h2 className="text-sm font-medium text-muted">Agreement of two auditors</h2>
      {of === 0 ? (
        <p className="mt-1 text-sm text-muted">A few audited messages are drawn for a second opinion. None has been given yet.</p>
      ) : (
        <dl className="mt-2 grid grid-cols-2 gap-x-6 gap-y-1 text-sm">
          {Object.entries(FIELDS).map(([name, label]) => (
            <div key={name} className="flex justify-between gap-2">
              <dt className="text-muted">{label}</dt>
              <dd className="font-semibold tabular-nums">{Math.round(100 * (fields[name] ?? 0))} %</dd>
            </div>
          ))}
        </dl>
      )}
      <p className="mt-2 text-sm text-muted">
        {of > 0 && `${count(of, "message")} audited twice. `}
        {waiting > 0 && <a href="/?audit=second" className="font-medium text-accent hover:underline">{count(waiting, "message")} to give an opinion on</a>}
      </p>
    </section>
  );
}
