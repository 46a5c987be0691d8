import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { useState } from "react";
import { ApiError } from "@/client/errors";
import { TooltipProvider } from "@/components/Tooltip";
import { OutboxProvider } from "@/features/audit/OutboxContext";
import type { AppRouter } from "./router";

const ATTEMPTS = 2;

export function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        // A refusal stays a refusal; only a dead network or a busy server is asked again.
        retry: (failures, error) => failures < ATTEMPTS && !(error instanceof ApiError && !error.isTransient),
        networkMode: "always",
      },
      mutations: { networkMode: "always" },
    },
  });
}

export function App({ router }: { router: AppRouter }) {
  const [client] = useState(createQueryClient);
  return (
    <QueryClientProvider client={client}>
      <TooltipProvider>
        <OutboxProvider>
          <RouterProvider router={router} />
        </OutboxProvider>
      </TooltipProvider>
    </QueryClientProvider>
  );
}
