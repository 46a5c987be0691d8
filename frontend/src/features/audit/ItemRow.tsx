import { MoreHorizontal, Trash2 } from "lucide-react";
import { useQuery } from "@tanstack/react-query";
import { DropdownMenu } from "radix-ui";
import { tablesQuery } from "@/client/queries";
import { IconButton } from "@/components/Button";
import { cx } from "@/components/cx";
import { formatNumber } from "@/components/format";
import { Tooltip } from "@/components/Tooltip";
import { type DraftItem, type EditableItemField, isBlank, type Problem, shownPounds } from "./draft";
import type { Edit } from "./draft-edits";
import { parseLines } from "./lines";
import { unitsOf } from "./units";

export const UNITS_LIST = "larder-units";
export const NAMES_LIST = "larder-names";

export interface MoveTarget {
  id: string;
  label: string;
}

interface ItemRowProps {
  item: DraftItem;
  problems: readonly Problem[];
  /** The section that it stands in, and whether a row stands above it. */
  section: string;
  isFirst: boolean;
  targets: readonly MoveTarget[];
  isActive: boolean;
  onActive: (owner: string | null) => void;
  onEdit: (edit: Edit) => void;
}

/** One line of food: a row of fields on a wide screen, a small card on a phone. */
export function ItemRow({ item, section, isFirst, problems, targets, isActive, onActive, onEdit }: ItemRowProps) {
  const { data: tables } = useQuery(tablesQuery);
  const label = item.name.trim() || "new item";
  const set = (field: EditableItemField) => (value: string) => onEdit({ type: "item", item: item.id, field, value });
  const problem = (field: EditableItemField) => problems.find((p) => p.itemId === item.id && p.field === field)?.message;
  const field = (name: EditableItemField, spoken: string) => ({
    label: `${spoken}, ${label}`,
    value: item[name],
    problem: problem(name),
    onChange: set(name),
  });
  return (
    // The fields inside take the keys; the row only hears what they leave.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <li
      data-item={item.id}
      onMouseEnter={() => onActive(item.id)}
      onMouseLeave={() => onActive(null)}
      onFocus={() => onActive(item.id)}
      onKeyDown={(event) => {
        const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
        if (!event.altKey || !by) return;
        event.preventDefault();
        onEdit({ type: "shift-item", item: item.id, by: by < 0 ? -1 : 1 });
      }}
      onPaste={(event) => {
        const lines = parseLines(event.clipboardData.getData("text/plain"), unitsOf(tables));
        if (lines.length < 2) return;
        event.preventDefault();
        const isEmpty = isBlank(item);
        onEdit({ type: "add-lines", section: section, lines, ...(isEmpty ? { instead: item.id } : {}) });
      }}
      className={cx(
        "item-grid rounded-lg px-1 py-0.5 transition-colors max-sm:border max-sm:border-line max-sm:p-1.5",
        isActive && "bg-sunken",
      )}
    >
      <QuietField {...field("quantity", "Quantity")} inputMode="decimal" className="[grid-area:quantity] text-right tabular-nums" />
      <QuietField {...field("unit", "Unit")} list={UNITS_LIST} className="[grid-area:unit]" />
      <NameField {...field("name", "Name")} item={item} />
      <Pounds item={item} {...field("pounds", "Pounds")} />
      <span className="truncate px-2 text-sm text-muted [grid-area:category]" title={item.read?.subcategory ?? undefined}>
        {item.read?.subcategory ?? <span className="sr-only">no subcategory</span>}
      </span>
      <RowActions item={item} label={label} isFirst={isFirst} targets={targets} onEdit={onEdit} />
    </li>
  );
}

interface QuietFieldProps {
  label: string;
  value: string;
  problem: string | undefined;
  onChange: (value: string) => void;
  className?: string;
  list?: string;
  inputMode?: "decimal";
  placeholder?: string;
}

function QuietField({ label, value, problem, onChange, className, ...rest }: QuietFieldProps) {
  return (
    <input
      aria-label={label}
      aria-invalid={problem ? true : undefined}
      title={problem}
      value={value}
      autoComplete="off"
      onChange={(event) => onChange(event.target.value)}
      className={cx("field quiet", className)}
      {...rest}
    />
  );
}

function NameField({ item, ...field }: QuietFieldProps & { item: DraftItem }) {
  const isUngrounded = item.read !== null && item.name === item.read.name && !item.evidence.name;
  return (
    <span className="flex min-w-0 items-center [grid-area:name]">
      <QuietField {...field} list={NAMES_LIST} className="font-medium" placeholder="What is it?" />
      {isUngrounded && (
        <Tooltip text="This name was not found in the message. Is it right?">
          <button type="button" aria-label={`No evidence for ${item.name}`} className="px-1 text-sm font-bold text-warn">
            ?
          </button>
        </Tooltip>
      )}
    </span>
  );
}

/** Pounds may be overwritten; left alone they follow from the message or the tables, and say how. */
function Pounds({ item, ...field }: QuietFieldProps & { item: DraftItem }) {
  const { value, why, isProvisional } = shownPounds(item);
  const shown = value === null ? "–" : `${isProvisional ? "≈ " : ""}${formatNumber(value)}`;
  return (
    <span className="flex min-w-0 items-center [grid-area:pounds]">
      <Tooltip text={why}>
        <span className="w-full">
          <QuietField {...field} placeholder={shown} inputMode="decimal" className="pounds text-right tabular-nums" />
        </span>
      </Tooltip>
      <span aria-hidden className="pr-1 text-sm text-muted">
        lb
      </span>
      <span className="sr-only">
        {shown} pounds. {why}
      </span>
    </span>
  );
}

interface RowActionsProps {
  item: DraftItem;
  label: string;
  isFirst: boolean;
  targets: readonly MoveTarget[];
  onEdit: (edit: Edit) => void;
}

function RowActions({ item, label, isFirst, targets, onEdit }: RowActionsProps) {
  const move = (section: string | null) => () => onEdit({ type: "move-item", item: item.id, section });
  const entry = "rounded-md px-3 py-1.5 text-sm outline-none data-highlighted:bg-sunken";
  return (
    <span className="flex justify-end [grid-area:actions]">
      <DropdownMenu.Root>
        <DropdownMenu.Trigger asChild>
          <IconButton label={`Move ${label}`}>
            <MoreHorizontal size={17} aria-hidden />
          </IconButton>
        </DropdownMenu.Trigger>
        <DropdownMenu.Portal>
          <DropdownMenu.Content align="end" className="card z-50 min-w-48 p-1">
            <DropdownMenu.Item className={entry} onSelect={() => onEdit({ type: "split-item", item: item.id })}>
              Split into two
            </DropdownMenu.Item>
            {!isFirst && (
              <>
                <DropdownMenu.Item className={entry} onSelect={() => onEdit({ type: "merge-item", item: item.id })}>
                  Merge with the one above
                </DropdownMenu.Item>
                <DropdownMenu.Item className={entry} onSelect={() => onEdit({ type: "shift-item", item: item.id, by: -1 })}>
                  Move up
                </DropdownMenu.Item>
              </>
            )}
            <DropdownMenu.Item className={entry} onSelect={() => onEdit({ type: "shift-item", item: item.id, by: 1 })}>
              Move down
            </DropdownMenu.Item>
            {targets.map((target) => (
              <DropdownMenu.Item key={target.id} className={entry} onSelect={move(target.id)}>
                Move to {target.label}
              </DropdownMenu.Item>
            ))}
            <DropdownMenu.Item className={entry} onSelect={move(null)}>
              Move to a new section
            </DropdownMenu.Item>
          </DropdownMenu.Content>
        </DropdownMenu.Portal>
      </DropdownMenu.Root>
      <IconButton label={`Delete ${label}`} onClick={() => onEdit({ type: "delete-item", item: item.id })}>
        <Trash2 size={16} aria-hidden />
      </IconButton>
    </span>
  );
}
