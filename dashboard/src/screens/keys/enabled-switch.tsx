/** Switches a key on and off, in the list and on its page. */
import type { ApiKey } from "@keyward/sdk";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { client } from "../../app/client.ts";
import { isNotFound, sentenceOf } from "../../app/failure.ts";
import { announce } from "../../controls/announcer.tsx";
import { Switch } from "../../controls/switch.tsx";

/** What people call a key. */
export function nameOf({ name, prefix }: Pick<ApiKey, "name" | "prefix">): string {
  return name ?? prefix;
}

export function EnabledSwitch({ organizationId, apiKey }: { organizationId: string; apiKey: ApiKey }) {
  const cache = useQueryClient();
  const { mutate, isPending, variables } = useMutation({
    mutationFn: (enabled: boolean) => client.keys.update(organizationId, apiKey.id, { enabled }),
    onSuccess: (_changed, enabled) => announce(`${nameOf(apiKey)} is ${enabled ? "enabled" : "disabled"}`),
    onError: (error) => announce(isNotFound(error) ? `${nameOf(apiKey)} has been removed` : sentenceOf(error)),
    onSettled: () =>
      Promise.all([
        cache.invalidateQueries({ queryKey: ["keys", organizationId] }),
        cache.invalidateQueries({ queryKey: ["key", organizationId, apiKey.id] }),
        cache.invalidateQueries({ queryKey: ["audit", organizationId] }),
      ]),
  });
  const isOver = apiKey.status === "revoked" || apiKey.status === "expired";
  return (
    <Switch
      label={`${nameOf(apiKey)} enabled`}
      checked={isPending ? variables : apiKey.enabled}
      disabled={isOver}
      onChange={(enabled) => !isPending && mutate(enabled)}
    />
  );
}
