import { useQuery } from "@tanstack/react-query";
import { Choice, Days, Filters } from "@/components/Filters";
import { type Filter, filtersQuery } from "./api";

const NONE = { channel: "", place: "", since: "", until: "" };

/** Channel, place and days. */
export function MoreFilters({ filter, onFilter }: { filter: Filter; onFilter: (change: Partial<Filter>) => void }) {
  const { data } = useQuery(filtersQuery);
  const chosen = Object.keys(NONE).filter((name) => filter[name as keyof typeof NONE]).length;
  const set = (name: keyof typeof NONE) => (value: string) => onFilter({ [name]: value });
  const channels = (data?.channels ?? []).map(({ id, name }) => [id, `#${name}`] as const);
  const places = (data?.places ?? []).map((name) => [name, name] as const);
  return (
    <Filters chosen={chosen} onClear={() => onFilter(NONE)}>
      <Choice label="Channel" value={filter.channel} any="Every channel" options={channels} onChange={set("channel")} />
      <Choice label="Place" value={filter.place} any="Every place" options={places} onChange={set("place")} />
      <Days since={filter.since} until={filter.until} onChange={set} />
    </Filters>
  );
}
