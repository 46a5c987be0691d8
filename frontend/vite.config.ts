import { fileURLToPath } from "node:url";
import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";
import { fakeBackendPlugin } from "./testing/vite-plugin.ts";

// One origin, as behind the gateway: the development server passes /api and /runs on.
const gateway = process.env.LARDER_URL ?? "http://127.0.0.1:8080";

const folder = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig(({ mode }) => ({
  plugins: [react(), tailwindcss(), ...(mode === "fake" ? [fakeBackendPlugin()] : [])],
  resolve: {
    alias: {
      "@testing": folder("./testing"),
      "@": folder("./src"),
      // jsdom constructs no style sheets
      ...(process.env.VITEST ? {} : { "react-style-singleton": folder("./src/app/styleSingleton.ts") }),
    },
  },
  build: { target: "es2022" },
  server: mode === "fake" ? {} : { proxy: { "/api": gateway, "/runs": gateway } },
  test: {
    environment: "jsdom",
    setupFiles: ["./testing/setup.ts"],
    restoreMocks: true,
    testTimeout: 20_000,
  },
}));
