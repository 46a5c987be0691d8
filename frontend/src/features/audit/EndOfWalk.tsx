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
  if (queue.records.length === 0 && (filter.q || filter.audit === "audited")) {
    return (
      <EmptyState icon={SearchX} title={filter.q ? "No message matches" : "Nothing audited yet"} actions={<Button onClick={onRestart}>Look again</Button>}>
        {filter.q ? "Try fewer words, or another filter." : "Choose Unaudited, read the first message, and press Enter when its reading is right."}
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
