import { Link, Outlet, type LinkProps, useLocation } from "@tanstack/react-router";
import { usePrefetchQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { statusQuery, useStatus } from "@/client/queries";
import type { Session } from "@/client/types";
import { useLive } from "@/client/useLive";
import { Badge } from "@/components/Badge";
import { cx } from "@/components/cx";
import { formatNumber } from "@/components/format";
import { useSession } from "@/features/accounts/api";
import { PasswordForm } from "@/features/accounts/PasswordForm";
import { Card, SignInPage } from "@/features/accounts/SignInPage";
import { Rereading } from "./Rereading";
import { ThemeToggle } from "./ThemeToggle";

const TABS = [
  { to: "/", label: "Slack browser" },
  { to: "/stats", label: "Audited stats" },
  { to: "/models", label: "Models" },
  { to: "/training", label: "Runs" },
  { to: "/settings", label: "Settings" },
] as const satisfies readonly { to: LinkProps["to"]; label: string }[];

/** What surrounds every screen: name, tabs, counters, connection; before somebody signed in, the way in alone. */
export function Shell() {
  const { data: session, isPending } = useSession();
  usePrefetchQuery(statusQuery); // beside the session, not after it: the first message is there sooner
  const { pathname } = useLocation();
  if (isPending) return null;
  const isInvited = pathname === "/invitation";
  if (session?.mode === "accounts" && (isInvited || !session.me)) return <Door>{isInvited ? <Outlet /> : <SignInPage />}</Door>;
  if (session?.me?.must_change_password) {
    return (
      <Door>
        <Card title="Choose your own password">
          <PasswordForm />
        </Card>
      </Door>
    );
  }
  return <Inside me={session?.mode === "accounts" ? session.me : null} />;
}

function Door({ children }: { children: ReactNode }) {
  return <main className="px-4">{children}</main>;
}

function Inside({ me }: { me: Session["me"] }) {
  useLive();
  return (
    <>
      <a href="#main" className="sr-only focus:not-sr-only focus:absolute focus:z-50 focus:bg-surface focus:p-3">
        Skip to the content
      </a>
      <header className="border-b border-line bg-surface">
        <div className="mx-auto flex max-w-7xl flex-wrap items-center gap-x-6 px-4 sm:px-6">
          <Link to="/" className="flex items-center gap-2.5 py-3 text-lg font-bold tracking-tight">
            <img src="/larder.svg" alt="" className="size-7" />
            Larder
          </Link>
          <Tabs />
          <div className="ml-auto flex items-center gap-2 py-2">
            <Counters />
            {me && (
              <Link to="/account" className="rounded-lg px-2 py-1 text-sm text-muted hover:bg-sunken hover:text-ink">
                {me.name}
              </Link>
            )}
            <ThemeToggle />
          </div>
        </div>
      </header>
      <main id="main" className="mx-auto max-w-7xl px-4 py-5 sm:px-6">
        <Outlet />
      </main>
    </>
  );
}

function Tabs() {
  return (
    <nav aria-label="Main" className="order-last -mx-1 flex w-full overflow-x-auto md:order-none md:w-auto">
      {TABS.map(({ to, label }) => (
        <Link
          key={to}
          to={to}
          activeOptions={{ exact: true, includeSearch: false }}
          className={cx(
            "border-b-2 border-transparent px-1.5 py-3 text-sm sm:px-2.5 font-medium whitespace-nowrap text-muted transition-colors",
            "hover:text-ink aria-[current=page]:border-accent aria-[current=page]:text-ink md:py-4",
          )}
        >
          {label}
        </Link>
      ))}
    </nav>
  );
}

function Counters() {
  const { data: status, isError } = useStatus();
  return (
    <div className="flex items-center gap-2" role="group" aria-label="Status">
      {status && status.records > 0 && (
        <Badge>
          <span className="tabular-nums">{formatNumber(status.records - status.audited)}</span> unaudited
        </Badge>
      )}
      {status && <Rereading status={status} />}
      {status?.active_version && <Badge tone="good" className="max-sm:hidden">Model {status.active_version}</Badge>}
      <Connection state={isError ? "lost" : status ? "live" : "connecting"} />
    </div>
  );
}

const CONNECTION = {
  live: { label: "Connected", dot: "bg-ok" },
  connecting: { label: "Connecting", dot: "bg-line-strong" },
  lost: { label: "Not connected", dot: "bg-danger" },
} as const;

function Connection({ state }: { state: keyof typeof CONNECTION }) {
  const { label, dot } = CONNECTION[state];
  return (
    <span role="status" aria-label="Connection" className="inline-flex items-center gap-1.5 text-xs text-muted" title={label}>
      <span aria-hidden className={cx("size-2 rounded-full", dot)} />
      <span className={cx(state !== "lost" && "sr-only", state === "lost" && "font-medium text-danger")}>{label}</span>
    </span>
  );
}
