import { useInfiniteQuery } from "@tanstack/react-query";
import { auditApi } from "@/client/client";
import { unwrap } from "@/client/errors";
import { Button } from "@/components/Button";
import { formatMoment } from "@/components/format";
import { ErrorNotice } from "@/components/Notice";

/** Who did what, newest first; for admins. Nobody can change it. */
export function ActivityList() {
  const { data, error, hasNextPage, fetchNextPage, isFetching } = useInfiniteQuery({
    queryKey: ["activity"],
    queryFn: ({ pageParam, signal }) =>
      unwrap(auditApi.GET("/api/activity", { params: { query: { limit: 30, ...(pageParam ? { before: pageParam } : {}) } }, signal })),
    initialPageParam: 0,
    getNextPageParam: (page) => page.next,
  });
  const rows = data?.pages.flatMap(({ items }) => items) ?? [];
  return (
    <section aria-label="Who did what" className="card space-y-3 p-5">
      <h2 className="text-lg font-semibold">Who did what</h2>
      <ErrorNotice error={error} />
      {data && rows.length === 0 && <p className="text-sm text-muted">Nothing yet. What people import, decide, train and change is listed here.</p>}
      <ol className="divide-y divide-line text-sm">
        {rows.map((row) => (
          <li key={row.number} className="flex flex-wrap gap-x-4 py-1.5">
            <span className="w-40 shrink-0 text-muted">{formatMoment(row.at)}</span>
            <span className="w-36 shrink-0 truncate font-medium">{row.who}</span>
            <span className="min-w-0 flex-1 break-words">
              {row.action} <span className="text-muted">{row.subject === row.action ? "" : row.subject}</span>
            </span>
          </li>
        ))}
      </ol>
      {hasNextPage && (
        <Button small disabled={isFetching} onClick={() => void fetchNextPage()}>
          Show older
        </Button>
      )}
    </section>
  );
}
