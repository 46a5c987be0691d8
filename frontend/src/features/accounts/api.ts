/** Who is signed in, and the queries of the account screens. */
import { queryOptions, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { auditApi } from "@/client/client";
import { unwrap } from "@/client/errors";
import type { RoleName } from "@/client/types";

export const sessionQuery = queryOptions({
  queryKey: ["session"],
  queryFn: ({ signal }) => unwrap(auditApi.GET("/api/session", { signal })),
  staleTime: 60_000,
  retry: false,
});

export const useSession = () => useQuery(sessionQuery);

export const ROLES: readonly { value: RoleName; label: string; may: string }[] = [
  { value: "viewer", label: "Viewer", may: "sees messages and totals" },
  { value: "auditor", label: "Auditor", may: "also audits, imports, and keeps the directory" },
  { value: "trainer", label: "Trainer", may: "also trains, which may cost money, and chooses the model" },
  { value: "admin", label: "Admin", may: "also manages people and Slack" },
];

/** Whether who looks at the page has this role, or one above it; what they may not do is not shown. */
export function useMay(role: RoleName): boolean {
  const has = useSession().data?.me?.role;
  const order = ROLES.map(({ value }) => value);
  return has !== undefined && order.indexOf(has) >= order.indexOf(role);
}

/** Signing in or out changes everything that the page may know. */
export function useSessionChange<T>(change: (given: T) => Promise<unknown>) {
  const client = useQueryClient();
  return useMutation({ mutationFn: change, onSuccess: () => client.resetQueries() });
}

export const signIn = (body: { login: string; password: string }) => unwrap(auditApi.POST("/api/session", { body }));
export const signOut = () => unwrap(auditApi.DELETE("/api/session"));
export const changePassword = (body: { current: string; new: string }) => unwrap(auditApi.PUT("/api/account/password", { body }));

export const ownSessionsQuery = queryOptions({
  queryKey: ["own-sessions"],
  queryFn: ({ signal }) => unwrap(auditApi.GET("/api/account/sessions", { signal })),
});

export const ownTokensQuery = queryOptions({
  queryKey: ["own-tokens"],
  queryFn: ({ signal }) => unwrap(auditApi.GET("/api/account/tokens", { signal })),
});

export const accountsQuery = queryOptions({
  queryKey: ["accounts"],
  queryFn: ({ signal }) => unwrap(auditApi.GET("/api/accounts", { signal })),
});

export const invitationsQuery = queryOptions({
  queryKey: ["invitations"],
  queryFn: ({ signal }) => unwrap(auditApi.GET("/api/invitations", { signal })),
});
