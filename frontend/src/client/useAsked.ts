/**
 * A change that is shown at once: what was `asked` for stands over what the server said, until its last answer is known.
 *
 * `send` resolves when the queries that show the change know of it; else the old value would come back for a moment.
 */
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";

export function useAsked<Change>(id: string, send: (change: Change) => Promise<unknown>) {
  const [asked, setAsked] = useState<Change | null>(null);
  const { mutate, error } = useMutation({
    mutationFn: send,
    scope: { id }, // one after the other, so that the last one wins
    onSettled: (_answer, _error, sent) => setAsked((last) => (last === sent ? null : last)),
  });
  const ask = (change: Change) => {
    setAsked(change);
    mutate(change);
  };
  return { asked, ask, error };
}
