import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Plus, Trash2 } from "lucide-react";
import { useState } from "react";
import { auditApi } from "@/client/client";
import { unwrap } from "@/client/errors";
import { directoryQuery } from "@/client/queries";
import { Button, IconButton } from "@/components/Button";
import { count } from "@/components/format";
import { ErrorNotice, Notice } from "@/components/Notice";
import { type PlaceKind, type PlaceRow, problemOf, toDirectory, toRows } from "./places";
import { SheetActions } from "./SheetActions";

const KINDS: readonly { value: PlaceKind; label: string }[] = [
  { value: "rescue", label: "Rescue" },
  { value: "drop_off", label: "Drop-off" },
  { value: "home", label: "Home" },
];

const COLUMNS = "grid items-center gap-x-2 gap-y-1 md:grid-cols-[minmax(10rem,1fr)_minmax(12rem,1.6fr)_17.5rem]";

/** The group's own places. Nothing is sent before Save. */
export function DirectoryEditor() {
  const client = useQueryClient();
  const { data, error } = useQuery(directoryQuery);
  const [edited, setEdited] = useState<PlaceRow[] | null>(null);
  const save = useMutation({
    mutationFn: (rows: readonly PlaceRow[]) => unwrap(auditApi.PUT("/api/directory", { body: toDirectory(rows) })),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ["directory"] });
      setEdited(null);
    },
  });
  const open = useMutation({
    mutationFn: (text: string) => unwrap(auditApi.POST("/api/directory/file", { body: text, bodySerializer: (body) => body, headers: { "content-type": "text/plain" } })),
    onSuccess: (directory) => setEdited(toRows(directory)),
  });
  const rows = edited ?? toRows(data ?? {});
  const problem = problemOf(rows);
  /** A new place stands first, where the button is; with many places the end of the list is out of sight. */
  const add = () => setEdited([{ id: Math.max(0, ...rows.map(({ id }) => id + 1)), name: "", aliases: "", kind: [] }, ...rows]);
  const change = (row: PlaceRow) => setEdited(rows.map((other) => (other.id === row.id ? row : other)));
  const remove = (id: number) => setEdited(rows.filter((row) => row.id !== id));
  return (
    <section aria-label="Directory" className="card space-y-4 p-5">
      <div className="flex flex-wrap items-start justify-between gap-3">
        <div>
          <h2 className="text-lg font-semibold">Directory</h2>
          <p className="max-w-[65ch] text-sm text-muted">
            The places that your messages name, and how people spell them. Home is your own warehouse: “we took” starts there.
          </p>
        </div>
        {/* Saving replaces the whole directory, so nothing can be changed before it is there. */}
        <div className="flex flex-wrap gap-2">
          <SheetActions path="/api/directory/file" what="directory" disabled={!data} onFile={(text) => open.mutate(text)} />
          <Button small icon={<Plus size={16} aria-hidden />} disabled={!data} onClick={add}>
            Add place
          </Button>
        </div>
      </div>
      <ErrorNotice error={error ?? open.error ?? save.error} />
      {data && rows.length === 0 && <Notice>No places yet. Add your warehouse first and tick Home.</Notice>}
      {rows.length > 0 && <PlaceTable rows={rows} onChange={change} onRemove={remove} />}
      {edited && (
        <div className="sticky bottom-0 -mx-5 -mb-5 flex flex-wrap items-center gap-2 rounded-b-[14px] border-t border-line bg-surface px-5 py-3">
          <Button look="primary" disabled={save.isPending || problem !== null} onClick={() => save.mutate(rows)}>
            Save directory
          </Button>
          <Button onClick={() => setEdited(null)}>Discard changes</Button>
          {problem && <p role="alert" className="text-sm text-danger">{problem}</p>}
        </div>
      )}
      {save.isSuccess && !edited && <p role="status" className="text-sm text-ok">Saved. {count(rows.length, "place")}.</p>}
    </section>
  );
}

interface PlaceTableProps {
  rows: readonly PlaceRow[];
  onChange: (row: PlaceRow) => void;
  onRemove: (id: number) => void;
}

function PlaceTable({ rows, onChange, onRemove }: PlaceTableProps) {
  return (
    <div>
      <div aria-hidden className={`${COLUMNS} text-xs text-muted max-md:hidden`}>
        <span className="px-2.5">Name</span>
        <span className="px-2.5">Other spellings, with commas between</span>
      </div>
      <ul aria-label="Places" className="divide-y divide-line">
        {rows.map((row) => (
          <PlaceLine key={row.id} row={row} onChange={onChange} onRemove={onRemove} />
        ))}
      </ul>
    </div>
  );
}

interface PlaceLineProps {
  row: PlaceRow;
  onChange: (row: PlaceRow) => void;
  onRemove: (id: number) => void;
}

function PlaceLine({ row, onChange, onRemove }: PlaceLineProps) {
  const label = row.name || "new place";
  const toggle = (kind: PlaceKind) => {
    const kinds = row.kind.includes(kind) ? row.kind.filter((other) => other !== kind) : [...row.kind, kind];
    onChange({ ...row, kind: kinds });
  };
  return (
    <li className={`${COLUMNS} py-1.5`}>
      <input
        aria-label={`Name of ${label}`}
        value={row.name}
        placeholder="Name"
        onChange={(event) => onChange({ ...row, name: event.target.value })}
        className="field quiet !font-medium"
      />
      <input
        aria-label={`Aliases of ${label}`}
        value={row.aliases}
        placeholder="Other spellings, with commas between"
        onChange={(event) => onChange({ ...row, aliases: event.target.value })}
        className="field quiet"
      />
      <div className="flex items-center justify-between gap-2">
        <fieldset className="flex gap-3 px-2 text-sm">
          <legend className="sr-only">Kinds of {label}</legend>
          {KINDS.map(({ value, label: kind }) => (
            <label key={value} className="flex items-center gap-1.5 py-1">
              <input type="checkbox" checked={row.kind.includes(value)} onChange={() => toggle(value)} className="size-4 accent-(--accent)" />
              {kind}
            </label>
          ))}
        </fieldset>
        <IconButton label={`Delete ${label}`} onClick={() => onRemove(row.id)}>
          <Trash2 size={16} aria-hidden />
        </IconButton>
      </div>
    </li>
  );
}
