import type { IncomingMessage, ServerResponse } from "node:http";
import type { Plugin } from "vite";

/** `npm run dev:fake`: the screens over the fake backend, loaded on the first request through Vite itself. */
export function fakeBackendPlugin(): Plugin {
  return {
    name: "larder-fake-backend",
    configureServer(server) {
      const backend = server.ssrLoadModule("/testing/dev-backend.ts") as Promise<{ handle: (request: Request) => Promise<Response> }>;
      server.middlewares.use((incoming, outgoing, next) => {
        const path = incoming.url ?? "/";
        if (!path.startsWith("/api/") && !/^\/runs(\/|$)/.test(path)) {
          next();
          return;
        }
        backend.then(({ handle }) => serve(handle, incoming, outgoing)).catch(next);
      });
    },
  };
}

async function serve(handle: (request: Request) => Promise<Response>, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const body = chunks.length ? { body: Buffer.concat(chunks) } : {};
  const method = incoming.method ?? "GET";
  const response = await handle(new Request(`http://larder${incoming.url ?? "/"}`, { method, ...body }));
  outgoing.writeHead(response.status, Object.fromEntries(response.headers));
  outgoing.end(Buffer.from(await response.arrayBuffer()));
}
