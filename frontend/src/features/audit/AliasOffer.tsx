import { useQuery } from "@tanstack/react-query";
import { directoryQuery } from "@/client/queries";
import type { Directory } from "@/client/types";
import { ErrorNotice } from "@/components/Notice";
import { useAddAlias } from "./useAddAlias";

interface AliasOfferProps {
  value: string;
  /** Puts the place's own name into the field. */
  onUse: (canonical: string) => void;
}

/** A place that the directory does not know may become another name of one that it knows. */
export function AliasOffer({ value, onUse }: AliasOfferProps) {
  const { data: directory } = useQuery(directoryQuery);
  const save = useAddAlias();
  const addTo = (place: string) => save.mutate({ spelling: value.trim(), place }, { onSuccess: () => onUse(place) });
  const names = Object.keys(directory ?? {});
  if (!directory || names.length === 0 || value.trim().length < 2 || isKnown(directory, value)) return null;
  return (
    <div className="mt-1 space-y-1">
      <select aria-label={`Add ${value} as an alias of`} value="" disabled={save.isPending} onChange={(event) => addTo(event.target.value)} className="field quiet text-sm text-muted">
        <option value="">{`New to the directory. Add alias of …`}</option>
        {names.map((name) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </select>
      <ErrorNotice error={save.error} />
    </div>
  );
}

function isKnown(directory: Directory, value: string): boolean {
  const wanted = value.trim().toLowerCase();
  return Object.entries(directory).some(([name, { aliases }]) => [name, ...aliases].some((known) => known.toLowerCase() === wanted));
}
