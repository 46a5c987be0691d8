import { createMemoryHistory } from "@tanstack/react-router";
import { render } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { vi } from "vitest";
import { App } from "@/app/App";
import { createAppRouter } from "@/app/router";
import { FakeBackend, type FakeOptions } from "./fake-backend";

/** The whole app at `path` over a fake backend. */
export function renderApp(path: string, options: FakeOptions = { loaded: true }) {
  const backend = new FakeBackend({ stepMs: 60, ...options });
  return { backend, ...renderOver(backend, path) };
}

export function renderOver(backend: FakeBackend, path: string) {
  vi.stubGlobal("fetch", backend.handle);
  const router = createAppRouter(createMemoryHistory({ initialEntries: [path] }));
  return { user: userEvent.setup(), router, ...render(<App router={router} />) };
}
