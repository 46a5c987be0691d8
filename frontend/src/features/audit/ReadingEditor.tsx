import { useQuery } from "@tanstack/react-query";
import { FolderPlus } from "lucide-react";
import type { RefObject } from "react";
import { tablesQuery } from "@/client/queries";
import type { Direction } from "@/client/types";
import { Button } from "@/components/Button";
import { count, formatPounds } from "@/components/format";
import { Labelled } from "@/components/Labelled";
import { PlaceInput, PlaceOptions } from "@/components/PlaceInput";
import { Segmented } from "@/components/Segmented";
import { type Draft, draftItems, type PlaceField, type Problem, totalPounds } from "./draft";
import type { Edit } from "./draft-edits";
import { AliasOffer } from "./AliasOffer";
import { NAMES_LIST, UNITS_LIST } from "./ItemRow";
import { SectionEditor } from "./SectionEditor";
import { unitsOf } from "./units";

const DIRECTIONS: readonly { value: Direction; label: string }[] = [
  { value: "inbound", label: "Inbound" },
  { value: "outbound", label: "Outbound" },
  { value: "both", label: "Both" },
  { value: "unknown", label: "Unknown" },
];

interface ReadingEditorProps {
  draft: Draft;
  problems: readonly Problem[];
  active: string | null;
  onActive: (owner: string | null) => void;
  onEdit: (edit: Edit) => void;
  ref?: RefObject<HTMLDivElement | null>;
}

/** The reading as the auditor would have it: every value can be changed. */
export function ReadingEditor({ draft, problems, active, onActive, onEdit, ref }: ReadingEditorProps) {
  const items = draftItems(draft);
  return (
    <div ref={ref} className="space-y-5">
      <PlaceOptions />
      <UnitOptions />
      <NameOptions />
      <Segmented
        legend="Direction"
        showLegend
        choices={DIRECTIONS}
        value={draft.direction}
        onChange={(value) => onEdit({ type: "direction", value })}
      />
      <div className="grid gap-4 sm:grid-cols-2">
        <Place field="rescue_location" label="Rescue location" draft={draft} onActive={onActive} onEdit={onEdit} />
        <Place field="drop_off_location" label="Drop-off" draft={draft} onActive={onActive} onEdit={onEdit} />
      </div>
      <div className="space-y-3">
        {draft.sections.map((section, index) => (
          <SectionEditor
            key={section.id}
            section={section}
            number={index + 1}
            sections={draft.sections}
            problems={problems}
            active={active}
            onActive={onActive}
            onEdit={onEdit}
          />
        ))}
        {draft.sections.length === 0 && (
          <NoItems onAdd={() => onEdit({ type: "add-item", section: null })} />
        )}
      </div>
      <div className="flex flex-wrap items-center justify-between gap-2">
        <Button small look="quiet" icon={<FolderPlus size={16} aria-hidden />} onClick={() => onEdit({ type: "add-section" })}>
          Add section
        </Button>
        <p className="text-sm text-muted">
          {count(items.length, "item")} · <strong className="font-semibold text-ink">{formatPounds(totalPounds(draft))}</strong>
        </p>
      </div>
    </div>
  );
}

interface PlaceProps {
  field: PlaceField;
  label: string;
  draft: Draft;
  onActive: (owner: string | null) => void;
  onEdit: (edit: Edit) => void;
}

function Place({ field, label, draft, onActive, onEdit }: PlaceProps) {
  return (
    <div onMouseEnter={() => onActive(field)} onMouseLeave={() => onActive(null)}>
      <Labelled label={label}>
        {(id) => (
          <PlaceInput
            id={id}
            value={draft[field]}
            placeholder="Not said"
            onFocus={() => onActive(field)}
            onChange={(event) => onEdit({ type: "place", field, value: event.target.value })}
          />
        )}
      </Labelled>
      <AliasOffer value={draft[field]} onUse={(value) => onEdit({ type: "place", field, value })} />
    </div>
  );
}

function NoItems({ onAdd }: { onAdd: () => void }) {
  return (
    <div className="flex flex-wrap items-center justify-between gap-3 rounded-xl border border-dashed border-line-strong px-4 py-3">
      <p className="text-muted">No items here. If the message moves no food, mark it audited as it is.</p>
      <Button small onClick={onAdd}>
        Add item
      </Button>
    </div>
  );
}

/** The foods that the tables know by name. */
function NameOptions() {
  const { data } = useQuery(tablesQuery);
  const words = (data?.categories ?? []).flatMap(({ keywords }) => keywords);
  return (
    <datalist id={NAMES_LIST}>
      {[...new Set([...Object.keys(data?.item_units ?? {}), ...words])].map((name) => (
        <option key={name} value={name} />
      ))}
    </datalist>
  );
}

function UnitOptions() {
  const { data } = useQuery(tablesQuery);
  return (
    <datalist id={UNITS_LIST}>
      {unitsOf(data).map((unit) => (
        <option key={unit} value={unit} />
      ))}
    </datalist>
  );
}
