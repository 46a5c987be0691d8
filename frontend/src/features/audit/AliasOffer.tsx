import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { auditApi } from "@/client/client";
import { unwrap } from "@/client/errors";
import { directoryQuery } from "@/client/queries";
import type { Directory } from "@/client/types";
import { ErrorNotice } from "@/components/Notice";

interface AliasOfferProps {
  value: string;
  /** Puts the place's own name into the field. */
  onUse: (canonical: string) => void;
}

/** A place that the directory does not know may become another name of one that it knows. */
export function AliasOffer({ value, onUse }: AliasOfferProps) {
  const client = useQueryClient();
  const { data: directory } = useQuery(directoryQuery);
  const save = useMutation({
    mutationFn: (place: string) => unwrap(auditApi.POST("/api/directory/aliases", { body: { spelling: value.trim(), place } })),
    onSuccess: (changed, place) => {
      client.setQueryData(directoryQuery.queryKey, changed);
      onUse(place);
    },
  });
  const names = Object.keys(directory ?? {});
  if (!directory || names.length === 0 || value.trim().length < 2 || isKnown(directory, value)) return null;
  return (
    <div className="mt-1 space-y-1">
      <select aria-label={`Add ${value} as an alias of`} value="" disabled={save.isPending} onChange={(event) => save.mutate(event.target.value)} className="field quiet text-sm text-muted">
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
