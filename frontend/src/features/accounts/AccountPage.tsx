import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type SubmitEvent, useState } from "react";
import { auditApi } from "@/client/client";
import { unwrap } from "@/client/errors";
import type { ScopeName } from "@/client/types";
import { Button } from "@/components/Button";
import { formatDay, formatMoment } from "@/components/format";
import { ErrorNotice, Notice } from "@/components/Notice";
import { ownSessionsQuery, ownTokensQuery, signOut, useSession, useSessionChange } from "./api";
import { Field, texts } from "./Field";
import { PasswordForm } from "./PasswordForm";

export function AccountPage() {
  const { data: session } = useSession();
  const leave = useSessionChange(signOut);
  if (session?.mode === "single-user") return <Notice>Larder runs in single-user mode on this machine: there are no accounts.</Notice>;
  return (
    <div className="space-y-5">
      <div className="flex flex-wrap items-center justify-between gap-3">
        <h1 className="text-2xl font-semibold">
          {session?.me?.name} <span className="text-base font-normal text-muted">{session?.me?.role}</span>
        </h1>
        <Button onClick={() => leave.mutate(undefined)}>Sign out</Button>
      </div>
      <section aria-label="Password" className="card space-y-4 p-5">
        <h2 className="text-lg font-semibold">Password</h2>
        <PasswordForm />
      </section>
      <OwnSessions />
      <OwnTokens />
    </div>
  );
}

function OwnSessions() {
  const client = useQueryClient();
  const { data: sessions, error } = useQuery(ownSessionsQuery);
  const end = useMutation({
    mutationFn: (id: string) => unwrap(auditApi.DELETE("/api/account/sessions/{id}", { params: { path: { id } } })),
    onSettled: () => client.invalidateQueries({ queryKey: ["own-sessions"] }),
  });
  return (
    <section aria-label="Signed in" className="card space-y-3 p-5">
      <h2 className="text-lg font-semibold">Where you are signed in</h2>
      <ErrorNotice error={error ?? end.error} />
      <ul className="divide-y divide-line">
        {sessions?.map((one) => (
          <li key={one.id} className="flex flex-wrap items-center gap-x-4 gap-y-1 py-2.5">
            <div className="min-w-0 flex-1 basis-64">
              <p className="truncate">{one.browser}</p>
              <p className="text-sm text-muted">
                {one.this ? "This browser" : `Last seen ${formatMoment(one.seen_at)}`} · until {formatDay(one.expires_at)}
              </p>
            </div>
            {!one.this && (
              <Button small disabled={end.isPending} onClick={() => end.mutate(one.id)}>
                Sign out there
              </Button>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}

const SCOPES: readonly { value: ScopeName; label: string }[] = [
  { value: "read", label: "Read" },
  { value: "audit", label: "Audit and import" },
  { value: "train", label: "Train and activate" },
  { value: "admin", label: "Administer" },
];

function OwnTokens() {
  const client = useQueryClient();
  const { data: tokens, error } = useQuery(ownTokensQuery);
  const [secret, setSecret] = useState<string | null>(null);
  const refresh = () => client.invalidateQueries({ queryKey: ["own-tokens"] });
  const make = useMutation({
    mutationFn: (body: { name: string; scopes: ScopeName[]; days: number }) => unwrap(auditApi.POST("/api/account/tokens", { body })),
    onSuccess: (made) => {
      setSecret(made.secret);
      return refresh();
    },
  });
  const revoke = useMutation({
    mutationFn: (id: string) => unwrap(auditApi.DELETE("/api/account/tokens/{id}", { params: { path: { id } } })),
    onSettled: refresh,
  });
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = event.currentTarget;
    const { name = "", days = "90" } = texts(form);
    const scopes = new FormData(form).getAll("scope") as ScopeName[];
    make.mutate({ name, scopes, days: Number(days) }, { onSuccess: () => form.reset() });
  };
  return (
    <section aria-label="API tokens" className="card space-y-4 p-5">
      <div>
        <h2 className="text-lg font-semibold">API tokens</h2>
        <p className="text-sm text-muted">For programs, and for the command line: LARDER_TOKEN=… larder status</p>
      </div>
      <ErrorNotice error={error ?? make.error ?? revoke.error} />
      {secret && (
        <Notice>
          Copy it now; it is not shown again: <code className="break-all select-all">{secret}</code>
        </Notice>
      )}
      <ul className="divide-y divide-line">
        {tokens?.map((token) => (
          <li key={token.id} className="flex flex-wrap items-center gap-x-4 gap-y-1 py-2.5">
            <div className="min-w-0 flex-1 basis-64">
              <p>{token.name}</p>
              <p className="text-sm text-muted">
                {token.scopes.join(", ")} · until {formatDay(token.expires_at)} · {token.used_at ? `used ${formatMoment(token.used_at)}` : "never used"}
              </p>
            </div>
            <Button small look="danger" disabled={revoke.isPending} onClick={() => revoke.mutate(token.id)}>
              Revoke {token.name}
            </Button>
          </li>
        ))}
      </ul>
      <form onSubmit={submit} aria-label="New token" className="grid max-w-xl gap-4 sm:grid-cols-[1fr_8rem]">
        <Field label="What it is for" name="name" maxLength={100} />
        <Field label="Days" name="days" type="number" min={1} max={365} defaultValue={90} />
        <fieldset className="flex flex-wrap gap-x-4 gap-y-1 text-sm sm:col-span-2">
          <legend className="mb-1 font-medium">What it may do</legend>
          {SCOPES.map(({ value, label }) => (
            <label key={value} className="flex items-center gap-1.5">
              <input type="checkbox" name="scope" value={value} defaultChecked={value === "read"} className="size-4 accent-(--accent)" />
              {label}
            </label>
          ))}
        </fieldset>
        <Button type="submit" disabled={make.isPending} className="sm:justify-self-start">
          Make a token
        </Button>
      </form>
    </section>
  );
}
