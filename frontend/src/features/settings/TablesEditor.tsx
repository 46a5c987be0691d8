import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Plus } from "lucide-react";
import { useState } from "react";
import { auditApi } from "@/client/client";
import { unwrap } from "@/client/errors";
import { tablesQuery } from "@/client/queries";
import { Button } from "@/components/Button";
import { count } from "@/components/format";
import { ErrorNotice } from "@/components/Notice";
import { CategoryFields, Field, ItemFields } from "./TableFields";
import { SheetActions } from "./SheetActions";
import { type TableRows, tablesProblem, toTableRows, toTables } from "./tables";
import { TablesPreview } from "./TablesPreview";

/** How pounds and subcategories are derived. Nothing is sent before Save, and Save comes after a look at what changes. */
export function TablesEditor() {
  const client = useQueryClient();
  const { data, error } = useQuery(tablesQuery);
  const [edited, setEdited] = useState<TableRows | null>(null);
  const preview = useMutation({
    mutationFn: (rows: TableRows) => unwrap(auditApi.POST("/api/tables/preview", { body: toTables(rows) })),
  });
  const save = useMutation({
    mutationFn: (rows: TableRows) => unwrap(auditApi.PUT("/api/tables", { body: toTables(rows) })),
    onSuccess: async () => {
      await Promise.all([client.invalidateQueries({ queryKey: ["tables"] }), client.invalidateQueries({ queryKey: ["stats"] })]);
      discard();
    },
  });
  const open = useMutation({
    mutationFn: (text: string) => unwrap(auditApi.POST("/api/tables/file", { body: text, bodySerializer: (body) => body, headers: { "content-type": "text/plain" } })),
    onSuccess: (tables) => change(toTableRows(tables)),
  });
  const change = (rows: TableRows) => {
    preview.reset();
    setEdited(rows);
  };
  const discard = () => {
    preview.reset();
    setEdited(null);
  };
  const rows = edited ?? (data ? toTableRows(data) : null);
  const problem = rows && tablesProblem(rows);
  return (
    <section aria-label="Tables" className="card space-y-4 p-5">
      <div className="flex flex-wrap items-start justify-between gap-3">
        <div>
          <h2 className="text-lg font-semibold">Tables</h2>
          <p className="max-w-[65ch] text-sm text-muted">
            How pounds and subcategories follow from what was read. The first rule that fits wins: pounds in the message, the item and its
            unit, the subcategory and its unit, the unit alone. Subcategories are tried from the top.
          </p>
        </div>
        <div className="flex flex-wrap gap-2">
          <SheetActions path="/api/tables/file" what="tables" disabled={!data} onFile={(text) => open.mutate(text)} />
        </div>
      </div>
      <ErrorNotice error={error ?? open.error ?? preview.error ?? save.error} />
      {rows && <Folds rows={rows} onChange={change} />}
      {edited && (
        <div className="sticky bottom-0 -mx-5 -mb-5 space-y-3 rounded-b-[14px] border-t border-line bg-surface px-5 py-3">
          {preview.data && <TablesPreview preview={preview.data} />}
          <div className="flex flex-wrap items-center gap-2">
            {preview.data ? (
              <Button look="primary" disabled={save.isPending || problem !== null} onClick={() => save.mutate(edited)}>
                Save tables
              </Button>
            ) : (
              <Button look="primary" disabled={preview.isPending || problem !== null} onClick={() => preview.mutate(edited)}>
                See what changes
              </Button>
            )}
            <Button onClick={discard}>Discard changes</Button>
            {problem && <p role="alert" className="text-sm text-danger">{problem}</p>}
          </div>
        </div>
      )}
      {save.isSuccess && !edited && <p role="status" className="text-sm text-ok">Saved. Totals follow the new tables; every message is read again.</p>}
    </section>
  );
}

function Folds({ rows, onChange }: { rows: TableRows; onChange: (rows: TableRows) => void }) {
  const { categories, items, units } = rows;
  const added = <T extends { id: number }>(all: T[], row: Omit<T, "id">) => [...all, { ...row, id: Math.max(0, ...all.map(({ id }) => id + 1)) } as T];
  return (
    <div className="space-y-2">
      <Fold title={`Subcategories, ${categories.length}`}>
        <CategoryFields rows={categories} onChange={(next) => onChange({ ...rows, categories: next })} />
        <Add onClick={() => onChange({ ...rows, categories: added(categories, { name: "", keywords: "", exceptions: "", weights: "" }) })}>Add subcategory</Add>
      </Fold>
      <Fold title={`Weights by item, ${count(items.length, "item")}`}>
        <ItemFields rows={items} onChange={(next) => onChange({ ...rows, items: next })} />
        <Add onClick={() => onChange({ ...rows, items: added(items, { name: "", weights: "" }) })}>Add item</Add>
      </Fold>
      <Fold title="Weights by unit, for any item">
        <Field long label="Pounds of one unit" value={units} placeholder="case 25, box 20" onChange={(next) => onChange({ ...rows, units: next })} />
      </Fold>
    </div>
  );
}

function Add({ onClick, children }: { onClick: () => void; children: string }) {
  return (
    <Button small className="mt-2" icon={<Plus size={16} aria-hidden />} onClick={onClick}>
      {children}
    </Button>
  );
}

function Fold({ title, children }: { title: string; children: React.ReactNode }) {
  return (
    <details className="rounded-xl border border-line px-4 py-2.5">
      <summary className="rounded font-medium">{title}</summary>
      <div className="mt-2">{children}</div>
    </details>
  );
}
