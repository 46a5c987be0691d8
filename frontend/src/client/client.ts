import createClient from "openapi-fetch";
import type { paths as AuditPaths } from "./audit-api";
import type { paths as TrainerPaths } from "./trainer-orchestrator";

// One origin serves the page and both services; `fetch` is looked up at each call so that tests can replace it.
const options = {
  baseUrl: globalThis.location.origin,
  fetch: (request: Request) => globalThis.fetch(request),
};

export const auditApi = createClient<AuditPaths>(options);
export const trainer = createClient<TrainerPaths>(options);
