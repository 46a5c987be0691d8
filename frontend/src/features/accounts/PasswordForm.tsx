import type { SubmitEvent } from "react";
import { Button } from "@/components/Button";
import { ErrorNotice } from "@/components/Notice";
import { changePassword, useSessionChange } from "./api";
import { Field, texts } from "./Field";

export function PasswordForm() {
  const change = useSessionChange(changePassword);
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = event.currentTarget;
    const { current = "", new: wanted = "" } = texts(form);
    change.mutate({ current, new: wanted }, { onSuccess: () => form.reset() });
  };
  return (
    <form onSubmit={submit} aria-label="Password" className="max-w-sm space-y-4">
      <Field label="Current password" name="current" type="password" autoComplete="current-password" required={false} />
      <Field label="New password" name="new" type="password" autoComplete="new-password" minLength={12} hint="At least 12 characters; three or four words are easy to keep." />
      <ErrorNotice error={change.error} />
      <Button type="submit" look="primary" disabled={change.isPending}>
        Change password
      </Button>
      {change.isSuccess && <p role="status" className="text-sm text-ok">Changed. Other browsers were signed out.</p>}
    </form>
  );
}
