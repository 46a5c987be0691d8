import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Pause, Play } from "lucide-react";
import { Popover } from "radix-ui";
import { auditApi } from "@/client/client";
import { unwrap } from "@/client/errors";
import type { Backlogs, Status } from "@/client/types";
import { Button } from "@/components/Button";
import { count } from "@/components/format";
import { ErrorNotice } from "@/components/Notice";
import { Progress } from "@/components/Progress";
import { useMay } from "@/features/accounts/api";

type Backlog = Backlogs["items"][number];
const INTERVAL_MS = 3_000;

/** While messages are read again: how far it is, and a way to pause it. */
export function Rereading({ status: { reading_again } }: { status: Status }) {
  const { data } = useQuery({
    queryKey: ["backlogs"],
    queryFn: ({ signal }) => unwrap(auditApi.GET("/api/backlogs", { signal })),
    enabled: reading_again,
    refetchInterval: INTERVAL_MS,
  });
  if (!reading_again || !data?.items.length) return null;
  const waiting = data.items.reduce((sum, { unread }) => sum + unread, 0);
  return (
    <Popover.Root>
      <Popover.Trigger asChild>
        <Button small look="quiet" className="!h-7 !px-2 !text-xs">
          {data.items.every(({ paused }) => paused) ? "Reading paused" : `Reading ${count(waiting, "message")}`}
        </Button>
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content aria-label="Reading again" sideOffset={6} align="end" collisionPadding={12} className="card z-50 w-80 space-y-4 p-4">
          {data.items.map((backlog) => (
            <Line key={backlog.method} backlog={backlog} />
          ))}
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}

function Line({ backlog: { method, version, total, unread, asked, paused } }: { backlog: Backlog }) {
  const mayPause = useMay("trainer") && !asked;
  const client = useQueryClient();
  const change = useMutation({
    mutationFn: () => {
      const params = { path: { method } };
      return unwrap(paused ? auditApi.POST("/api/backlogs/{method}/resume", { params }) : auditApi.POST("/api/backlogs/{method}/pause", { params }));
    },
    onSuccess: (backlogs) => client.setQueryData(["backlogs"], backlogs),
  });
  const reader = method === "regex" ? "Regex" : `PEFT ${version ?? ""}`;
  return (
    <div className="space-y-2">
      <p className="text-sm">
        <strong className="font-semibold">{reader}</strong> has read {total - unread} of {count(total, "message")}.
        {paused && !asked && " Paused; new messages are read all the same."}
      </p>
      <Progress label={`Read by ${reader}`} value={total - unread} max={total} />
      {mayPause && (
        <Button small disabled={change.isPending} icon={paused ? <Play size={15} aria-hidden /> : <Pause size={15} aria-hidden />} onClick={() => change.mutate()}>
          {paused ? "Go on" : "Pause"}
        </Button>
      )}
      <ErrorNotice error={change.error} />
    </div>
  );
}
