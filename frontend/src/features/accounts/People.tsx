import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type SubmitEvent, useState } from "react";
import { auditApi } from "@/client/client";
import { unwrap } from "@/client/errors";
import type { AccountRow, RoleName } from "@/client/types";
import { useAsked } from "@/client/useAsked";
import { Button } from "@/components/Button";
import { formatDay } from "@/components/format";
import { ErrorNotice, Notice } from "@/components/Notice";
import { accountsQuery, invitationsQuery, ROLES } from "./api";
import { Field, texts } from "./Field";

/** Who may use Larder, and in which role; for admins. */
export function People() {
  const { data: accounts, error } = useQuery(accountsQuery);
  const [password, setPassword] = useState<{ name: string; password: string } | null>(null);
  const reset = useMutation({
    mutationFn: ({ id }: AccountRow) => unwrap(auditApi.POST("/api/accounts/{id}/reset", { params: { path: { id } } })),
    onSuccess: (made, { name }) => setPassword({ name, ...made }),
  });
  return (
    <section aria-label="People" className="card space-y-4 p-5">
      <div>
        <h2 className="text-lg font-semibold">People</h2>
        <p className="max-w-[65ch] text-sm text-muted">Each role may also do what the ones before it may.</p>
      </div>
      <ErrorNotice error={error ?? reset.error} />
      {password && (
        <Notice>
          One-time password for {password.name}, shown only now: <code className="select-all">{password.password}</code>
        </Notice>
      )}
      <ul className="divide-y divide-line">
        {accounts?.map((account) => (
          <PersonLine key={account.id} known={account} isBusy={reset.isPending} onReset={() => reset.mutate(account)} />
        ))}
      </ul>
      <Invitations />
    </section>
  );
}

function PersonLine({ known, isBusy, onReset }: { known: AccountRow; isBusy: boolean; onReset: () => void }) {
  const client = useQueryClient();
  const { asked, ask, error } = useAsked(`account ${known.id}`, (body: { role?: RoleName; active?: boolean }) =>
    unwrap(auditApi.PATCH("/api/accounts/{id}", { params: { path: { id: known.id } }, body })).finally(() => client.invalidateQueries({ queryKey: ["accounts"] })),
  );
  const account = { ...known, ...asked };
  return (
    <li className="flex flex-wrap items-center gap-x-3 gap-y-1 py-2.5">
      <div className="min-w-0 flex-1 basis-48">
        <p className={account.active ? "" : "text-muted line-through"}>{account.name}</p>
        <p className="truncate text-sm text-muted">{account.by_slack ? "signs in with Slack" : account.login}</p>
      </div>
      <RoleSelect label={`Role of ${account.name}`} value={account.role} onChange={(role) => ask({ ...asked, role })} />
      {!account.by_slack && (
        <Button small disabled={isBusy} onClick={onReset}>
          New password
        </Button>
      )}
      <Button small look={account.active ? "danger" : "secondary"} onClick={() => ask({ ...asked, active: !account.active })}>
        {account.active ? "Take out of use" : "Let in again"}
      </Button>
      <ErrorNotice error={error} />
    </li>
  );
}

function Invitations() {
  const client = useQueryClient();
  const { data: invitations, error } = useQuery(invitationsQuery);
  const [role, setRole] = useState<RoleName>("auditor");
  const refresh = () => client.invalidateQueries({ queryKey: ["invitations"] });
  const make = useMutation({
    mutationFn: (body: { role: RoleName; note: string }) => unwrap(auditApi.POST("/api/invitations", { body })),
    onSuccess: refresh,
  });
  const withdraw = useMutation({
    mutationFn: (id: string) => unwrap(auditApi.DELETE("/api/invitations/{id}", { params: { path: { id } } })),
    onSettled: refresh,
  });
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    make.mutate({ role, note: texts(event.currentTarget).note ?? "" });
  };
  return (
    <div className="space-y-3 border-t border-line pt-4">
      <h3 className="font-semibold">Invite somebody</h3>
      <form onSubmit={submit} aria-label="Invite somebody" className="flex flex-wrap items-end gap-3">
        <Field label="For whom" name="note" required={false} maxLength={100} />
        <RoleSelect label="Role" value={role} onChange={setRole} />
        <Button type="submit" disabled={make.isPending}>
          Make a link
        </Button>
      </form>
      <p className="text-sm text-muted">{ROLES.find(({ value }) => value === role)?.may}</p>
      <ErrorNotice error={error ?? make.error ?? withdraw.error} />
      {make.data && (
        <Notice>
          Send this link; it works once, for a week, and is shown only now: <code className="break-all select-all">{make.data.link}</code>
        </Notice>
      )}
      <ul className="divide-y divide-line">
        {invitations?.map((one) => (
          <li key={one.id} className="flex items-center gap-3 py-2 text-sm">
            <span className="flex-1">
              {one.note || "Somebody"} as {one.role}, by {one.created_by}, until {formatDay(one.expires_at)}
            </span>
            <Button small onClick={() => withdraw.mutate(one.id)}>
              Withdraw
            </Button>
          </li>
        ))}
      </ul>
    </div>
  );
}

function RoleSelect({ label, value, onChange }: { label: string; value: RoleName; onChange: (role: RoleName) => void }) {
  return (
    <select aria-label={label} value={value} onChange={(event) => onChange(event.target.value as RoleName)} className="field w-auto">
      {ROLES.map((role) => (
        <option key={role.value} value={role.value}>
          {role.label}
        </option>
      ))}
    </select>
  );
}
