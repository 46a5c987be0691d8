import type { Run } from "@/client/types";
import { Badge } from "@/components/Badge";
import { STATE_LABELS, TONES } from "./stages";

export function RunBadge({ run: { state } }: { run: Run }) {
  return <Badge tone={TONES[state] ?? "plain"}>{STATE_LABELS[state]}</Badge>;
}
