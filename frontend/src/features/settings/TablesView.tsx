import { useQuery } from "@tanstack/react-query";
import { tablesQuery } from "@/client/queries";
import type { Tables } from "@/client/types";
import { count, formatNumber } from "@/components/format";
import { ErrorNotice } from "@/components/Notice";

/** How pounds and subcategories are derived: to read, not yet to change. */
export function TablesView() {
  const { data, error } = useQuery(tablesQuery);
  return (
    <section aria-label="Tables" className="card space-y-4 p-5">
      <div>
        <h2 className="text-lg font-semibold">Tables</h2>
        <p className="max-w-[65ch] text-sm text-muted">
          How pounds and subcategories follow from what was read. The first rule that fits wins: pounds in the message, the item and its
          unit, the subcategory and its unit, the unit alone.
        </p>
      </div>
      <ErrorNotice error={error} />
      {data && (
        <div className="space-y-2">
          <Categories tables={data} />
          <Fold title={`Weights by item, ${count(Object.keys(data.item_units ?? {}).length, "item")}`}>
            <Pairs rows={Object.entries(data.item_units ?? {}).map(([item, units]) => [item, spellUnits(units)])} />
          </Fold>
          <Fold title={`Weights by unit, ${count(Object.keys(data.units ?? {}).length, "unit")}`}>
            <Pairs rows={Object.entries(data.units ?? {}).map(([unit, lbs]) => [unit, `${formatNumber(lbs)} lb`])} />
          </Fold>
        </div>
      )}
    </section>
  );
}

function Categories({ tables }: { tables: Tables }) {
  return (
    <Fold title={`Subcategories, ${tables.categories.length}`}>
      <Pairs
        rows={tables.categories.map(({ name, keywords, lbs_per_unit: units }) => [
          name,
          [keywords.join(", "), spellUnits(units ?? {})].filter(Boolean).join(" · "),
        ])}
      />
    </Fold>
  );
}

function spellUnits(units: Record<string, number>): string {
  return Object.entries(units)
    .map(([unit, lbs]) => `${formatNumber(lbs)} lb a ${unit}`)
    .join(", ");
}

function Fold({ title, children }: { title: string; children: React.ReactNode }) {
  return (
    <details className="rounded-xl border border-line px-4 py-2.5">
      <summary className="rounded font-medium">{title}</summary>
      {children}
    </details>
  );
}

function Pairs({ rows }: { rows: readonly (readonly [string, string])[] }) {
  return (
    <dl className="mt-3 grid gap-x-5 gap-y-1.5 text-sm sm:grid-cols-[minmax(8rem,max-content)_1fr]">
      {rows.map(([name, value]) => (
        <div key={name} className="contents">
          <dt className="font-medium">{name}</dt>
          <dd className="text-muted">{value}</dd>
        </div>
      ))}
    </dl>
  );
}
