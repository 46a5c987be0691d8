import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { auditApi } from "@/client/client";
import { unwrap } from "@/client/errors";
import type { AliasOffer } from "@/client/types";
import { Button } from "@/components/Button";
import { count } from "@/components/format";
import { ErrorNotice, Notice } from "@/components/Notice";
import { useAddAlias } from "./useAddAlias";

const TRIES = 4;
const INTERVAL_MS = 1_500;

/** What a correction teaches about spellings: “LF” may become another spelling of “Love Fridge”. */
export function AliasOffers({ recordId }: { recordId: string }) {
  const { data } = useQuery({
    queryKey: ["aliases", recordId],
    queryFn: ({ signal }) => unwrap(auditApi.GET("/api/records/{id}/aliases", { params: { path: { id: recordId } }, signal })),
    // The decision may still be on its way; a correction that teaches nothing is asked about a few times and no more.
    refetchInterval: ({ state }) => (state.data?.length || state.dataUpdateCount >= TRIES ? false : INTERVAL_MS),
    retry: false,
  });
  return data?.map((offer) => <Offer key={`${offer.spelling} ${offer.place}`} offer={offer} />);
}

function Offer({ offer }: { offer: AliasOffer }) {
  const [dismissed, setDismissed] = useState(false);
  const { spelling, place, taken_by: taken, unaudited } = offer;
  const add = useAddAlias();
  if (dismissed) return null;
  if (add.isSuccess) return <Notice>{`“${spelling}” now names ${place}. The messages that say so are being read again.`}</Notice>;
  const actions = (
    <>
      {!taken && (
        <Button small look="primary" disabled={add.isPending} onClick={() => add.mutate({ spelling, place })}>
          Add the spelling
        </Button>
      )}
      <Button small look="quiet" onClick={() => setDismissed(true)}>
        Not now
      </Button>
    </>
  );
  return (
    <>
      <Notice actions={actions}>
        <p>{taken ? `“${spelling}” names ${taken} in the directory; you wrote ${place}. Change it in Settings if that is wrong.` : question(spelling, place, unaudited)}</p>
        <Messages offer={offer} />
      </Notice>
      <ErrorNotice error={add.error} />
    </>
  );
}

function question(spelling: string, place: string, unaudited: number): string {
  const fixes = unaudited > 0 ? ` It also fixes ${count(unaudited, "other message")} that nobody has audited.` : "";
  return `Is “${spelling}” always ${place}?${fixes}`;
}

function Messages({ offer: { fixes } }: { offer: AliasOffer }) {
  if (fixes.length === 0) return null;
  return (
    <details className="mt-1">
      <summary className="rounded">Show {fixes.length === 1 ? "it" : "them"}</summary>
      <ul className="mt-1 space-y-1 text-muted">
        {fixes.map((fix) => (
          <li key={fix.id} className="truncate" title={fix.text}>
            {fix.text.split("\n")[0]}
            {fix.audited && " (audited; stays as it was decided)"}
          </li>
        ))}
      </ul>
    </details>
  );
}
