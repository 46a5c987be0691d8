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

const FILTERS: readonly AuditFilter[] = ["unaudited", "all", "audited"];

const NO_FILTER: Filter = { audit: "unaudited", order: "oldest", q: "" };

/** Whatever stands in the address becomes a filter; a search for a number arrives as a number. */
function auditSearch(search: { audit?: AuditFilter; order?: Order; q?: string | number } & SearchSchemaInput): Filter {
  const audit = FILTERS.find((known) => known === search.audit) ?? "unaudited";
  const order: Order = search.order === "newest" ? "newest" : "oldest";
  return { audit, order, q: String(search.q ?? "") };
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
