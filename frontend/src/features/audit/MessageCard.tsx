import { Hash } from "lucide-react";
import type { Message, RecordDetail } from "@/client/types";
import { cx } from "@/components/cx";
import { formatDay, formatTime } from "@/components/format";
import { annotate, type Mark, type Piece } from "./annotate";

interface MessageCardProps {
  record: RecordDetail;
  marks: readonly Mark[];
  /** The draft part whose evidence stands out. */
  active: string | null;
  onActive: (owner: string | null) => void;
}

/** The record as Slack shows it, with the evidence of the draft's values marked in the text. */
export function MessageCard({ record, marks, active, onActive }: MessageCardProps) {
  const parts = placed(record);
  return (
    <article aria-label="Message" className="card p-5">
      <header className="mb-4 flex items-center gap-1 text-sm text-muted">
        <Hash aria-hidden size={15} />
        <span className="font-medium text-ink">{record.channel}</span>
        <span aria-hidden>·</span>
        <time dateTime={record.posted_at}>{formatDay(record.posted_at)}</time>
      </header>
      <ol className="space-y-4">
        {parts.map((part) => (
          <li key={part.message.ts}>
            <OneMessage {...part} marks={marks} active={active} onActive={onActive} />
          </li>
        ))}
      </ol>
      {marks.length > 0 && <Legend marks={marks} />}
    </article>
  );
}

interface Part {
  message: Message;
  /** Where the message's text begins in the record's text, in characters. */
  offset: number;
}

/** Each message with its place in the record's text; one block of the whole text when they do not line up. */
function placed(record: RecordDetail): Part[] {
  const whole = { ts: record.id, author: record.author, text: record.text, posted_at: record.posted_at, in_thread: false, edited: false };
  const parts: Part[] = [];
  let from = 0;
  for (const message of record.messages) {
    const at = record.text.indexOf(message.text, from);
    if (at < 0) return [{ message: whole, offset: 0 }];
    parts.push({ message, offset: Array.from(record.text.slice(0, at)).length });
    from = at + message.text.length;
  }
  return parts.length ? parts : [{ message: whole, offset: 0 }];
}

function OneMessage({ message, offset, marks, active, onActive }: Part & Omit<MessageCardProps, "record">) {
  return (
    <div className="flex gap-3">
      <Avatar name={message.author} />
      <div className="min-w-0 flex-1">
        <p className="flex flex-wrap items-baseline gap-x-2">
          <span className="font-semibold">{message.author}</span>
          <time dateTime={message.posted_at} className="text-xs text-muted">
            {formatTime(message.posted_at)}
          </time>
          {message.in_thread && <span className="text-xs text-muted">in a thread</span>}
          {message.edited && <span className="text-xs text-muted">(edited)</span>}
        </p>
        <p className="text-[1.0625rem] leading-[1.65] break-words whitespace-pre-wrap">
          {annotate(message.text, marks, offset).map((piece) => (
            <PieceView key={piece.start} piece={piece} active={active} onActive={onActive} />
          ))}
        </p>
      </div>
    </div>
  );
}

// Hues apart enough to tell authors by, dark enough for white letters.
const HUES = [152, 28, 262, 205, 340, 95];

function Avatar({ name }: { name: string }) {
  const sum = Array.from(name).reduce((total, letter) => total + (letter.codePointAt(0) ?? 0), 0);
  const initials = name.split(/\s+/).slice(0, 2).map((word) => word.charAt(0).toUpperCase()).join("");
  return (
    <span
      aria-hidden
      className="flex size-9 shrink-0 items-center justify-center rounded-lg text-sm font-semibold text-white"
      style={{ background: `oklch(0.47 0.08 ${HUES[sum % HUES.length] ?? 152})` }}
    >
      {initials}
    </span>
  );
}

interface PieceViewProps {
  piece: Piece;
  active: string | null;
  onActive: (owner: string | null) => void;
}

function PieceView({ piece, active, onActive }: PieceViewProps) {
  const mark = piece.marks.at(-1);
  if (!mark) return <Token piece={piece} />;
  const isActive = piece.marks.some(({ owner }) => owner === active);
  return (
    <mark
      className="mark"
      data-kind={mark.kind}
      data-active={isActive}
      onMouseEnter={() => onActive(mark.owner)}
      onMouseLeave={() => onActive(null)}
    >
      <Token piece={piece} />
    </mark>
  );
}

function Token({ piece }: { piece: Piece }) {
  if (piece.kind === "text") return piece.text;
  if (piece.kind === "emoji") return <span role="img" aria-label="emoji">{piece.text}</span>;
  if (piece.kind === "link") {
    return (
      <a href={piece.text} target="_blank" rel="noreferrer noopener" className="break-all text-accent underline in-[.mark]:text-inherit">
        {piece.text}
      </a>
    );
  }
  return <span className="rounded bg-accent-soft px-1 font-medium text-accent in-[.mark]:text-inherit">{piece.text}</span>;
}

const KINDS = [
  ["quantity", "quantity"],
  ["unit", "unit"],
  ["name", "item"],
  ["place", "place"],
  ["direction", "direction"],
  ["unclaimed", "in no item"],
] as const;

function Legend({ marks }: { marks: readonly Mark[] }) {
  const present = KINDS.filter(([kind]) => marks.some((mark) => mark.kind === kind));
  return (
    <p className="mt-5 flex flex-wrap gap-x-3 gap-y-1 border-t border-line pt-3 text-xs text-muted">
      <span>Marked in the text:</span>
      {present.map(([kind, label]) => (
        <span key={kind} className={cx("mark", "!m-0 px-1 !text-ink")} data-kind={kind}>
          {label}
        </span>
      ))}
    </p>
  );
}
