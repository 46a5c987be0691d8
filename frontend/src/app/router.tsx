/** The screens and their addresses. `/runs` belongs to the trainer's API, so its screen lives at `/training`. */
import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  type RouterHistory,
  type SearchSchemaInput,
  stripSearchParams,
} from "@tanstack/react-router";
import type { AuditFilter, Filter, Order } from "@/features/audit/api";
import { AuditPage } from "@/features/audit/AuditPage";
import { RouteError } from "./RouteError";
import { Shell } from "./Shell";

const rootRoute = createRootRoute({ component: Shell, errorComponent: RouteError, notFoundComponent: NotFound });

const FILTERS: readonly AuditFilter[] = ["unaudited", "all", "audited", "look", "second"];
const ORDERS: readonly Order[] = ["oldest", "newest", "risk", "random"];

const NO_FILTER: Filter = { audit: "unaudited", order: "oldest", q: "", channel: "", place: "", since: "", until: "" };

/** Whatever stands in the address becomes a filter; a search for a number arrives as a number. */
function auditSearch(search: { [name in keyof Filter]?: Filter[name] | number } & SearchSchemaInput): Filter {
  const word = (value: unknown) => (typeof value === "string" || typeof value === "number" ? String(value) : "");
  const day = (value: unknown) => (/^\d{4}-\d\d-\d\d$/.test(word(value)) ? word(value) : "");
  return {
    audit: FILTERS.find((known) => known === search.audit) ?? "unaudited",
    order: ORDERS.find((known) => known === search.order) ?? "oldest",
    q: word(search.q),
    channel: word(search.channel),
    place: word(search.place),
    since: day(search.since),
    until: day(search.until),
  };
}

const auditRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/",
  validateSearch: auditSearch,
  search: { middlewares: [stripSearchParams(NO_FILTER)] },
  component: AuditPage,
});

const statsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/stats",
  component: lazyRouteComponent(() => import("@/features/stats/StatsPage"), "StatsPage"),
});

const modelsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/models",
  component: lazyRouteComponent(() => import("@/features/models/ModelsPage"), "ModelsPage"),
});

const trainingRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/training",
  component: lazyRouteComponent(() => import("@/features/runs/RunsPage"), "RunsPage"),
});

const settingsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/settings",
  component: lazyRouteComponent(() => import("@/features/settings/SettingsPage"), "SettingsPage"),
});

const accountRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/account",
  component: lazyRouteComponent(() => import("@/features/accounts/AccountPage"), "AccountPage"),
});

const signInRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/sign-in",
  component: lazyRouteComponent(() => import("@/features/accounts/SignInPage"), "SignInPage"),
});

const invitationRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/invitation",
  component: lazyRouteComponent(() => import("@/features/accounts/InvitationPage"), "InvitationPage"),
});

const routeTree = rootRoute.addChildren([
  auditRoute,
  statsRoute,
  modelsRoute,
  trainingRoute,
  settingsRoute,
  accountRoute,
  signInRoute,
  invitationRoute,
]);

export function createAppRouter(history?: RouterHistory) {
  return createRouter({ routeTree, defaultPreload: "intent", scrollRestoration: true, ...(history ? { history } : {}) });
}

export type AppRouter = ReturnType<typeof createAppRouter>;

declare module "@tanstack/react-router" {
  interface Register {
    router: AppRouter;
  }
}

function NotFound() {
  return <p className="py-10 text-center text-muted">There is no such page. Choose one above.</p>;
}
