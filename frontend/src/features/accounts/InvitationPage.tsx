import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import type { SubmitEvent } from "react";
import { auditApi } from "@/client/client";
import { unwrap } from "@/client/errors";
import { Button, buttonClass } from "@/components/Button";
import { formatDay } from "@/components/format";
import { ErrorNotice } from "@/components/Notice";
import { ROLES, useSessionChange } from "./api";
import { Field, texts } from "./Field";
import { Card } from "./SignInPage";

interface Given {
  secret: string;
  login: string;
  name: string;
  password: string;
}

/** The secret stands behind the address's #, so that no server's log has it. */
export function InvitationPage() {
  const secret = globalThis.location.hash.slice(1);
  const navigate = useNavigate();
  const { data: invitation, error } = useQuery({
    queryKey: ["invited", secret],
    queryFn: () => unwrap(auditApi.POST("/api/invited", { body: { secret } })),
    staleTime: Infinity,
  });
  const accept = useSessionChange((body: Given) => unwrap(auditApi.POST("/api/invited/accept", { body })).then(() => navigate({ to: "/" })));
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    const { login = "", name = "", password = "" } = texts(event.currentTarget);
    accept.mutate({ secret, login, name, password });
  };
  if (error) return <Card title="Invitation"><ErrorNotice error={error} /></Card>;
  if (!invitation) return null;
  const role = ROLES.find(({ value }) => value === invitation.role);
  return (
    <Card title="Welcome to Larder">
      <p className="text-sm text-muted">
        {invitation.invited_by} invites you as {invitation.role}: {role?.may}. The invitation holds until {formatDay(invitation.expires_at)}.
      </p>
      {invitation.slack_sign_in && (
        <a href={`/api/sign-in/slack?invitation=${encodeURIComponent(secret)}`} className={buttonClass("primary") + " w-full"}>
          Continue with Slack
        </a>
      )}
      <form onSubmit={submit} className="space-y-4">
        <Field label="Your name" name="name" autoComplete="name" hint="Stands beside what you audit." />
        <Field label="Name to sign in with" name="login" autoComplete="username" autoCapitalize="none" pattern="[A-Za-z0-9._@+\-]+" hint="Letters and digits; your e-mail address is fine." />
        <Field label="Password" name="password" type="password" autoComplete="new-password" minLength={12} hint="At least 12 characters; three or four words are easy to keep." />
        <ErrorNotice error={accept.error} />
        <Button type="submit" look="primary" disabled={accept.isPending} className="w-full">
          Make my account
        </Button>
      </form>
    </Card>
  );
}
