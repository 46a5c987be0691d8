/** A message that somebody looks at is read before all that waits. */
import { useEffect } from "react";
import { auditApi } from "@/client/client";
import type { RecordDetail } from "@/client/types";

/** Asked once for each message and version; one that is lost only waits for its turn. */
export function useReadNow(record: RecordDetail | undefined, activeVersion: string | null): void {
  const isDue = record && activeVersion && !record.failures.peft && record.readings.peft?.version !== activeVersion;
  const id = isDue ? record.id : null;
  useEffect(() => {
    if (id) auditApi.POST("/api/records/{id}/reading", { params: { path: { id } } }).catch(() => undefined);
  }, [id, activeVersion]);
}
