import { useNavigate } from "@tanstack/react-router";
import { PartyPopper, SearchX } from "lucide-react";
import type { Status } from "@/client/types";
import { Button } from "@/components/Button";
import { EmptyState } from "@/components/EmptyState";
import { count } from "@/components/format";
import type { Filter } from "./api";
import type { Queue } from "./queue";

interface EndOfWalkProps {
  queue: Queue;
  filter: Filter;
  status: Status;
  onRestart: () => void;
  onBack: () => void;
}

/** After the last message, or when the filter finds none: what to do next. */
export function EndOfWalk({ queue, filter, status, onRestart, onBack }: EndOfWalkProps) {
  const navigate = useNavigate();
  const seeAll = () => void navigate({ to: "/", search: { audit: "all" } });
  const left = status.records - status.audited;
  const nothing = queue.records.length === 0 ? WHY_NOTHING[reasonOf(filter)] : null;
  if (nothing) {
    return (
      <EmptyState icon={SearchX} title={nothing.title} actions={<Button onClick={onRestart}>Look again</Button>}>
        {nothing.next}
      </EmptyState>
    );
  }
  return (
    <EmptyState
      icon={PartyPopper}
      title={left > 0 ? "You reached the end" : "Every message is audited"}
      actions={
        <>
          {queue.records.length > 0 && <Button onClick={onBack}>Back to the last one</Button>}
          {left > 0 && <Button onClick={seeAll}>Show all messages</Button>}
          <Button look="primary" onClick={() => void navigate({ to: "/training" })}>
            Train the model
          </Button>
        </>
      }
    >
      {left > 0 ? `${count(left, "message")} without an audit, the skipped ones among them: find them under All.` : "What you confirmed can now teach the model."}
    </EmptyState>
  );
}

/** Why a filter finds nothing, and what to do then; nothing unaudited is no fault. */
const WHY_NOTHING = {
  narrow: { title: "No message matches", next: "Try fewer words, or clear the filters." },
  audited: { title: "Nothing audited yet", next: "Choose Unaudited, read the first message, and press Enter when its reading is right." },
  look: { title: "Nothing needs a look", next: "The readers agree, and nothing seems left out. Choose Unaudited to go on." },
  second: { title: "No second opinion is asked for", next: "A few messages that others audited are drawn for it. Choose Unaudited to go on." },
  unaudited: null,
  all: null,
} as const;

function reasonOf({ audit, q, channel, place, since, until }: Filter): keyof typeof WHY_NOTHING {
  return [q, channel, place, since, until].some(Boolean) ? "narrow" : audit;
}
