import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type SubmitEvent, useState } from "react";
import { auditApi } from "@/client/client";
import { unwrap } from "@/client/errors";
import type { Forgotten } from "@/client/types";
import { Button } from "@/components/Button";
import { ConfirmDialog } from "@/components/Dialog";
import { count } from "@/components/format";
import { ErrorNotice, Notice } from "@/components/Notice";
import { Field, texts } from "@/features/accounts/Field";

/** Deletes what one person wrote, after a look at how much that is; for admins. */
export function Forget() {
  const client = useQueryClient();
  const [person, setPerson] = useState("");
  const [asking, setAsking] = useState(false);
  const { data: set } = useQuery({ queryKey: ["privacy"], queryFn: ({ signal }) => unwrap(auditApi.GET("/api/privacy", { signal })) });
  const look = useMutation({ mutationFn: (person: string) => unwrap(auditApi.POST("/api/privacy/forget/preview", { body: { person } })) });
  const forget = useMutation({
    mutationFn: (person: string) => unwrap(auditApi.POST("/api/privacy/forget", { body: { person } })),
    onSuccess: () => {
      look.reset();
      return client.invalidateQueries();
    },
  });
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    const { person = "" } = texts(event.currentTarget);
    setPerson(person);
    forget.reset();
    look.mutate(person, { onSuccess: () => setAsking(true) });
  };
  return (
    <section aria-label="Privacy" className="card space-y-4 p-5">
      <div>
        <h2 className="text-lg font-semibold">Privacy</h2>
        <p className="text-sm text-muted">
          {set?.retention_days ? `Messages are kept for ${count(set.retention_days, "day")}.` : "Messages are kept for ever, unless LARDER_RETENTION_DAYS is set."}
        </p>
      </div>
      <ErrorNotice error={look.error ?? forget.error} />
      {forget.data && <Notice>Deleted: {told(forget.data)}</Notice>}
      <form onSubmit={submit} aria-label="Forget a person" className="flex max-w-xl flex-wrap items-end gap-3">
        <div className="min-w-0 flex-1 basis-64">
          <Field label="Whose messages to delete" name="person" maxLength={200} placeholder="Name, or Slack's id" />
        </div>
        <Button type="submit" look="danger" disabled={look.isPending || forget.isPending}>
          Forget…
        </Button>
      </form>
      {look.data && (
        <ConfirmDialog
          open={asking}
          onOpenChange={setAsking}
          title={`Forget ${person}?`}
          description={`This deletes ${told(look.data)} It cannot be taken back.`}
          confirm="Delete for ever"
          onConfirm={() => forget.mutate(person)}
        />
      )}
    </section>
  );
}

function told({ messages, records, readings, audits, dataset_rows, mentions, versions }: Forgotten): string {
  const gone = [
    count(messages, "message"),
    count(records, "record"),
    count(readings, "reading"),
    count(audits, "audit"),
    `${count(dataset_rows, "row")} of datasets`,
  ].join(", ");
  const learned = versions.length ? ` ${versions.join(", ")} learned from them and keep that until deleted.` : "";
  return `${gone}; the name is taken out of ${count(mentions, "row")} of others.${learned}`;
}
