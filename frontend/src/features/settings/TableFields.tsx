import { ArrowUp, Trash2 } from "lucide-react";
import { IconButton } from "@/components/Button";
import type { CategoryRow, ItemRow } from "./tables";

interface RowsProps<T> {
  rows: readonly T[];
  onChange: (rows: T[]) => void;
}

/** The subcategories in the order in which they are tried. */
export function CategoryFields({ rows, onChange }: RowsProps<CategoryRow>) {
  const set = (row: CategoryRow) => onChange(rows.map((other) => (other.id === row.id ? row : other)));
  const raise = (at: number) => {
    const raised = [...rows];
    raised.splice(at - 1, 0, ...raised.splice(at, 1));
    onChange(raised);
  };
  return (
    <ul aria-label="Subcategories" className="divide-y divide-line">
      {rows.map((row, at) => {
        const label = row.name || "new subcategory";
        return (
          <li key={row.id} className="grid gap-x-2 gap-y-1 py-2 md:grid-cols-[minmax(9rem,1fr)_minmax(14rem,3fr)_auto]">
            <Field label={`Name of ${label}`} value={row.name} placeholder="Name" onChange={(name) => set({ ...row, name })} />
            <div className="space-y-1">
              <Field long caption="Words" label={`Words of ${label}`} value={row.keywords} placeholder="Words, with commas between" onChange={(keywords) => set({ ...row, keywords })} />
              <Field caption="Except" label={`Exceptions of ${label}`} value={row.exceptions} placeholder="Not these, though a word fits: steak sauce" onChange={(exceptions) => set({ ...row, exceptions })} />
              <Field caption="Pounds" label={`Pounds of ${label}`} value={row.weights} placeholder="case 25, box 20" onChange={(weights) => set({ ...row, weights })} />
            </div>
            <div className="flex md:flex-col">
              <IconButton label={`Try ${label} earlier`} disabled={at === 0} onClick={() => raise(at)}>
                <ArrowUp size={16} aria-hidden />
              </IconButton>
              <Delete label={label} onClick={() => onChange(rows.filter(({ id }) => id !== row.id))} />
            </div>
          </li>
        );
      })}
    </ul>
  );
}

export function ItemFields({ rows, onChange }: RowsProps<ItemRow>) {
  const set = (row: ItemRow) => onChange(rows.map((other) => (other.id === row.id ? row : other)));
  return (
    <ul aria-label="Weights by item" className="divide-y divide-line">
      {rows.map((row) => {
        const label = row.name || "new item";
        return (
          <li key={row.id} className="grid items-center gap-x-2 gap-y-1 py-1 md:grid-cols-[minmax(9rem,1fr)_minmax(14rem,3fr)_auto]">
            <Field label={`Name of ${label}`} value={row.name} placeholder="milk" onChange={(name) => set({ ...row, name })} />
            <Field label={`Pounds of ${label}`} value={row.weights} placeholder="gallon 8.6, case 36" onChange={(weights) => set({ ...row, weights })} />
            <Delete label={label} onClick={() => onChange(rows.filter(({ id }) => id !== row.id))} />
          </li>
        );
      })}
    </ul>
  );
}

interface FieldProps {
  label: string;
  value: string;
  placeholder: string;
  long?: boolean;
  /** Shown before the field. */
  caption?: string;
  onChange: (value: string) => void;
}

export function Field({ label, value, placeholder, long = false, caption, onChange }: FieldProps) {
  const shared = { "aria-label": label, value, placeholder, className: "field quiet w-full" };
  const field = long ? (
    <textarea {...shared} className={`${shared.className} [field-sizing:content]`} rows={3} onChange={(event) => onChange(event.target.value)} />
  ) : (
    <input {...shared} onChange={(event) => onChange(event.target.value)} />
  );
  if (!caption) return field;
  return (
    <div className="flex items-baseline gap-2">
      <span aria-hidden className="w-14 shrink-0 text-xs text-muted">
        {caption}
      </span>
      {field}
    </div>
  );
}

function Delete({ label, onClick }: { label: string; onClick: () => void }) {
  return (
    <IconButton label={`Delete ${label}`} onClick={onClick}>
      <Trash2 size={16} aria-hidden />
    </IconButton>
  );
}
