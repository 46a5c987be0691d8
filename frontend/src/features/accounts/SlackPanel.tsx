import { useQuery, useQueryClient } from "@tanstack/react-query";
import { auditApi } from "@/client/client";
import { unwrap } from "@/client/errors";
import type { SlackChannel } from "@/client/types";
import { useAsked } from "@/client/useAsked";
import { Button } from "@/components/Button";
import { count, formatMoment } from "@/components/format";
import { ErrorNotice, Notice } from "@/components/Notice";
import { filtersQuery } from "@/features/audit/api";

const WAYS = { socket: "Socket Mode", events: "the Events API", none: "nothing yet: set a signing secret or an app token" } as const;

interface Chosen {
  reading?: boolean;
  posting?: boolean;
  reports?: boolean;
  history?: "wanted";
}

/** Which Slack channels are read, how far their history is, and when something last came; for admins. */
export function SlackPanel() {
  const { data: slack, error } = useQuery({
    queryKey: ["slack"],
    queryFn: ({ signal }) => unwrap(auditApi.GET("/api/slack", { signal })),
    refetchInterval: 5_000,
  });
  const { data: filters } = useQuery(filtersQuery);
  return (
    <section aria-label="Slack" className="card space-y-4 p-5">
      <div>
        <h2 className="text-lg font-semibold">Channels</h2>
        {slack?.configured && <p className="text-sm text-muted">Connected by {WAYS[slack.way]}. Invite the bot to a channel to read it.</p>}
      </div>
      <ErrorNotice error={error} />
      {slack && !slack.configured && <Notice>Not connected. docs/connect-slack.md leads through it in ten minutes; until then, import exports.</Notice>}
      {slack && !slack.configured && filters?.channels.length ? (
        <p className="text-sm text-muted">{`Imported so far: ${filters.channels.map(({ name }) => `#${name}`).join(", ")}.`}</p>
      ) : null}
      {slack?.problem && <Notice tone="warn">{slack.problem}</Notice>}
      <ul className="divide-y divide-line">
        {slack?.channels.map((channel) => (
          <ChannelLine key={channel.id} known={channel} />
        ))}
      </ul>
    </section>
  );
}

function ChannelLine({ known }: { known: SlackChannel }) {
  const client = useQueryClient();
  const { asked, ask, error } = useAsked(`channel ${known.id}`, (body: Chosen) =>
    unwrap(auditApi.PATCH("/api/slack/channels/{id}", { params: { path: { id: known.id } }, body })).finally(() => client.invalidateQueries({ queryKey: ["slack"] })),
  );
  const channel = { ...known, ...asked };
  const onChoose = (choice: Chosen) => ask({ ...asked, ...choice });
  return (
    <li className="flex flex-wrap items-center gap-x-5 gap-y-1 py-2.5">
      <div className="min-w-0 flex-1 basis-64">
        <p>#{channel.name}</p>
        <p className="text-sm text-muted">{told(channel)}</p>
        {channel.problem && <p className="text-sm text-danger">{channel.problem}</p>}
      </div>
      <Choice label={`Read #${channel.name}`} text="Read" checked={channel.reading} onChange={(reading) => onChoose({ reading })} />
      <Choice label={`Answer in #${channel.name}`} text="Answer in threads" checked={channel.posting} onChange={(posting) => onChoose({ posting })} />
      <Choice label={`Report in #${channel.name}`} text="Tell what the autopilot trained" checked={channel.reports} onChange={(reports) => onChoose({ reports })} />
      <Button small disabled={!channel.reading || channel.history === "running"} onClick={() => onChoose({ history: "wanted" })}>
        Read history again
      </Button>
      <ErrorNotice error={error} />
    </li>
  );
}

function told({ is_member, reading, history, fetched, last_event_at }: SlackChannel): string {
  if (!is_member) return "The bot is not in it: write /invite @Larder there.";
  if (!reading) return "Not read";
  const far = { none: "history not read", wanted: "history waits", running: "reading history", done: "history read" }[history];
  return `${far}, ${count(fetched, "message")} · ${last_event_at ? `last event ${formatMoment(last_event_at)}` : "no event yet"}`;
}

interface ChoiceProps {
  label: string;
  text: string;
  checked: boolean;
  onChange: (checked: boolean) => void;
}

function Choice({ label, text, checked, onChange }: ChoiceProps) {
  return (
    <label className="flex items-center gap-1.5 text-sm">
      <input type="checkbox" aria-label={label} checked={checked} onChange={(event) => onChange(event.target.checked)} className="size-4 accent-(--accent)" />
      {text}
    </label>
  );
}
