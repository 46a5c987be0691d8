import { queryOptions, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { auditApi } from "@/client/client";
import { unwrap } from "@/client/errors";
import { Button } from "@/components/Button";
import { formatMoment } from "@/components/format";
import { ErrorNotice } from "@/components/Notice";

const deadLettersQuery = queryOptions({
  queryKey: ["dead-letters"],
  queryFn: ({ signal }) => unwrap(auditApi.GET("/api/dead-letters", { signal })),
  refetchInterval: 10_000,
});

/** Messages between services that could not be processed; nothing is shown while there are none. */
export function DeadLetters() {
  const client = useQueryClient();
  const { data: letters, error } = useQuery(deadLettersQuery);
  const replay = useMutation({
    mutationFn: (id: string) => unwrap(auditApi.POST("/api/dead-letters/{id}/replay", { params: { path: { id } } })),
    onSettled: () => client.invalidateQueries({ queryKey: ["dead-letters"] }),
  });
  if (!error && !letters?.length) return null;
  return (
    <section aria-label="Could not be processed" className="card space-y-3 p-5">
      <h2 className="text-lg font-semibold">Could not be processed</h2>
      <ErrorNotice error={error ?? replay.error} />
      <ul className="divide-y divide-line">
        {letters?.map((letter) => (
          <li key={letter.id} className="flex flex-wrap items-center gap-x-4 gap-y-1 py-2.5">
            <div className="min-w-0 flex-1 basis-64">
              <p>{letter.reason}</p>
              <p className="text-sm text-muted">
                {letter.subject} · {formatMoment(letter.at)}
              </p>
            </div>
            <Button small disabled={replay.isPending} onClick={() => replay.mutate(letter.id)}>
              Try again
            </Button>
          </li>
        ))}
      </ul>
    </section>
  );
}
