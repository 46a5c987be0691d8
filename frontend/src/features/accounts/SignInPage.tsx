import type { SubmitEvent, ReactNode } from "react";
import { Button, buttonClass } from "@/components/Button";
import { ErrorNotice, Notice } from "@/components/Notice";
import { signIn, useSession, useSessionChange } from "./api";
import { Field, texts } from "./Field";

/** What Slack's way back may tell; the sentences that the API has for its codes. */
const PROBLEMS: Readonly<Record<string, string>> = {
  OTHER_WORKSPACE: "You signed in to another Slack workspace; choose your group's.",
  NOT_INVITED: "Slack knows you, but Larder does not: ask an admin for an invitation.",
  SLACK_UNAVAILABLE: "Slack does not answer; try again, or sign in by password.",
  INVITATION_GONE: "This invitation was used, withdrawn, or is too old; ask for a new one.",
  LOGIN_TAKEN: "You have an account already; sign in with Slack without the invitation.",
};

export function SignInPage() {
  const { data: session } = useSession();
  const change = useSessionChange(signIn);
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    const { login = "", password = "" } = texts(event.currentTarget);
    change.mutate({ login, password });
  };
  const problem = new URLSearchParams(globalThis.location.search).get("problem");
  return (
    <Card title="Sign in to Larder">
      {problem && <Notice tone="bad">{PROBLEMS[problem] ?? "Signing in with Slack failed; begin again."}</Notice>}
      {session?.slack_sign_in && (
        <>
          <a href="/api/sign-in/slack" className={buttonClass("primary") + " w-full"}>
            Sign in with Slack
          </a>
          <p className="text-center text-sm text-muted">or with a password</p>
        </>
      )}
      <form onSubmit={submit} className="space-y-4">
        <Field label="Name" name="login" autoComplete="username" autoCapitalize="none" />
        <Field label="Password" name="password" type="password" autoComplete="current-password" />
        <ErrorNotice error={change.error} />
        <Button type="submit" look={session?.slack_sign_in ? "secondary" : "primary"} disabled={change.isPending} className="w-full">
          Sign in
        </Button>
      </form>
      <p className="text-sm text-muted">No account? Ask an admin of your group for an invitation link.</p>
    </Card>
  );
}

export function Card({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section aria-label={title} className="card mx-auto mt-6 max-w-sm space-y-4 p-6 sm:mt-14">
      <h1 className="text-xl font-semibold">{title}</h1>
      {children}
    </section>
  );
}
