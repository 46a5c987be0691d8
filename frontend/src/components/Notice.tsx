import { CircleAlert, Info, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import { sentence } from "@/client/errors";
import { cx } from "./cx";

type NoticeTone = "info" | "warn" | "bad";

const looks = {
  info: { className: "bg-accent-soft text-ink", Icon: Info },
  warn: { className: "bg-warn-soft text-warn", Icon: TriangleAlert },
  bad: { className: "bg-danger-soft text-danger", Icon: CircleAlert },
} as const;

interface NoticeProps {
  tone?: NoticeTone;
  children: ReactNode;
  actions?: ReactNode;
  className?: string;
}

export function Notice({ tone = "info", children, actions, className }: NoticeProps) {
  const { className: look, Icon } = looks[tone];
  return (
    <div
      role={tone === "bad" ? "alert" : "note"}
      className={cx("flex flex-wrap items-center gap-x-3 gap-y-2 rounded-xl px-4 py-2.5 text-sm", look, className)}
    >
      <Icon aria-hidden size={17} className="shrink-0" />
      <div className="min-w-0 flex-1 basis-48">{children}</div>
      {actions}
    </div>
  );
}

/** The one sentence of a failed request; nothing while there is no error. */
export function ErrorNotice({ error, actions }: { error: unknown; actions?: ReactNode }) {
  if (!error) return null;
  return (
    <Notice tone="bad" actions={actions}>
      {sentence(error)}
    </Notice>
  );
}
