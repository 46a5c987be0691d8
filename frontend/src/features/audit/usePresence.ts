/** Says which message is open in this window, and who else has it open. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { holdRecord, leasesQuery, releaseRecord } from "./api";
import { newKey } from "./outbox";

/** A lease lasts half a minute. */
const RENEW_MS = 10_000;
const HOLDER = newKey();

export interface Held {
  recordId: string;
  by: string;
  /** Whether it was opened there before it was opened here. */
  first: boolean;
}

/** Who holds which message in other windows. A lease that cannot be had stops nobody: saves are checked on their own. */
export function usePresence(recordId: string | undefined): readonly Held[] {
  const client = useQueryClient();
  const { data: leases = [] } = useQuery(leasesQuery);
  useEffect(() => {
    if (!recordId) return;
    const renew = () => {
      holdRecord(HOLDER, recordId).then(
        (all) => client.setQueryData(leasesQuery.queryKey, all),
        () => undefined, // the connection's state is shown elsewhere
      );
    };
    renew();
    const timer = setInterval(renew, RENEW_MS);
    return () => clearInterval(timer);
  }, [client, recordId]);
  useEffect(() => {
    const leave = () => releaseRecord(HOLDER);
    window.addEventListener("pagehide", leave);
    return () => {
      window.removeEventListener("pagehide", leave);
      leave();
    };
  }, []);
  const mine = leases.findIndex(({ holder }) => holder === HOLDER);
  return leases.flatMap(({ holder, record_id, by }, at) =>
    holder === HOLDER ? [] : [{ recordId: record_id, by, first: mine < 0 || at < mine }],
  );
}
