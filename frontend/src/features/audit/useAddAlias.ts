import { useMutation, useQueryClient } from "@tanstack/react-query";
import { auditApi } from "@/client/client";
import { unwrap } from "@/client/errors";
import { directoryQuery } from "@/client/queries";

interface Alias {
  spelling: string;
  place: string;
}

/** Makes a spelling another name of a place of the directory, everywhere on the page. */
export function useAddAlias() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: Alias) => unwrap(auditApi.POST("/api/directory/aliases", { body })),
    onSuccess: (directory) => client.setQueryData(directoryQuery.queryKey, directory),
  });
}
