// Writes the typed client from the services' own OpenAPI: asks each service for it, then generates src/client/*.d.ts.
// `npm run client -- --offline` generates from the committed openapi/*.json alone.
import { execFileSync } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";

const python = process.env.PYTHON ?? "../.venv/bin/python";
const offline = process.argv.includes("--offline");
const services = { "audit-api": "audit_api", "trainer-orchestrator": "trainer_orchestrator" };

if (!offline && !existsSync(python)) {
  console.error(`No Python at ${python}: run "make setup" first, or pass --offline to use the committed openapi/*.json.`);
  process.exit(1);
}
for (const [service, module] of Object.entries(services)) {
  const document = `openapi/${service}.json`;
  if (!offline) {
    const text = execFileSync(python, ["-m", module, "openapi"], { encoding: "utf8" });
    writeFileSync(document, `${JSON.stringify(JSON.parse(text), null, 1)}\n`);
  }
  execFileSync("npx", ["openapi-typescript", document, "--output", `src/client/${service}.d.ts`], { stdio: "inherit" });
}
