import { Plus, X } from "lucide-react";
import { useEffect, useRef } from "react";
import { Button, IconButton } from "@/components/Button";
import { PlaceInput } from "@/components/PlaceInput";
import type { DraftSection, Problem } from "./draft";
import type { Edit } from "./draft-edits";
import { ItemRow, type MoveTarget } from "./ItemRow";

interface SectionEditorProps {
  section: DraftSection;
  number: number;
  sections: readonly DraftSection[];
  problems: readonly Problem[];
  active: string | null;
  onActive: (owner: string | null) => void;
  onEdit: (edit: Edit) => void;
}

/** Items that share a place. Deleting or adding a row keeps the keyboard where it was. */
export function SectionEditor({ section, number, sections, problems, active, onActive, onEdit }: SectionEditorProps) {
  const list = useFocusOnAdded(section);
  const name = section.location || `section ${number}`;
  const targets = sections.filter((other) => other.id !== section.id).map((other) => targetOf(other, sections));
  return (
    <section aria-label={`Items, ${name}`} className="rounded-xl border border-line">
      <SectionHead section={section} number={number} isOnly={sections.length === 1} onEdit={onEdit} />
      <div aria-hidden className="item-grid px-3 pt-2 text-xs text-muted max-sm:hidden">
        <span className="pr-2 text-right">Qty</span>
        <span className="pl-2.5">Unit</span>
        <span className="pl-2.5">Item</span>
        <span className="pr-5 text-right">Pounds</span>
        <span className="pl-2">Subcategory</span>
      </div>
      <ul ref={list} className="space-y-0.5 px-2 py-1 max-sm:space-y-2">
        {section.items.map((item, index) => (
          <ItemRow
            key={item.id}
            item={item}
            section={section.id}
            isFirst={index === 0}
            problems={problems}
            targets={targets}
            isActive={item.id === active}
            onActive={onActive}
            onEdit={onEdit}
          />
        ))}
      </ul>
      <div className="px-2 pb-2">
        <Button
          small
          look="quiet"
          icon={<Plus size={16} aria-hidden />}
          onClick={() => onEdit({ type: "add-item", section: section.id })}
        >
          Add item
        </Button>
      </div>
    </section>
  );
}

function targetOf(section: DraftSection, sections: readonly DraftSection[]): MoveTarget {
  return { id: section.id, label: section.location || `section ${sections.indexOf(section) + 1}` };
}

interface SectionHeadProps {
  section: DraftSection;
  number: number;
  isOnly: boolean;
  onEdit: (edit: Edit) => void;
}

function SectionHead({ section, number, isOnly, onEdit }: SectionHeadProps) {
  if (isOnly && !section.location) return null;
  return (
    <div className="flex items-center gap-1 border-b border-line bg-sunken/60 px-2 py-1">
      <PlaceInput
        aria-label={`Place of section ${number}`}
        value={section.location}
        placeholder="Any place"
        className="quiet !font-semibold"
        onChange={(event) => onEdit({ type: "section-location", section: section.id, value: event.target.value })}
      />
      <IconButton
        label={`Delete section ${section.location || number}`}
        onClick={() => onEdit({ type: "delete-section", section: section.id })}
      >
        <X size={16} aria-hidden />
      </IconButton>
    </div>
  );
}

/** Puts the cursor into a row that was just added by hand. */
function useFocusOnAdded(section: DraftSection) {
  const list = useRef<HTMLUListElement>(null);
  const last = section.items.at(-1);
  const isNew = last?.read === null && !last.name;
  // A section that begins with an empty item was just added, too.
  const before = useRef(isNew ? section.items.length - 1 : section.items.length);
  useEffect(() => {
    if (isNew && section.items.length > before.current) {
      list.current?.querySelector<HTMLInputElement>("li:last-child input")?.focus();
    }
    before.current = section.items.length;
  }, [section.items.length, isNew]);
  return list;
}
