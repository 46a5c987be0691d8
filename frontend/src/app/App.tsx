import { QueryCache, QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { useState } from "react";
import { ApiError } from "@/client/errors";
import { TooltipProvider } from "@/components/Tooltip";
import { OutboxProvider } from "@/features/audit/OutboxContext";
import type { AppRouter } from "./router";

const ATTEMPTS = 2;

export function createQueryClient(): QueryClient {
  const client: QueryClient = new QueryClient({
    // A session that ended leads to the sign-in page, wherever it is noticed.
    queryCache: new QueryCache({
      onError: (error) => {
        if (error instanceof ApiError && error.status === 401) void client.invalidateQueries({ queryKey: ["session"] });
      },
    }),
    defaultOptions: {
      queries: {
        // A refusal stays a refusal; only a dead network or a busy server is asked again.
        retry: (failures, error) => failures < ATTEMPTS && !(error instanceof ApiError && !error.isTransient),
        networkMode: "always",
      },
      mutations: { networkMode: "always" },
    },
  });
  return client;
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
