/** Switches a key on and off, in the list and on its page. */
import type { ApiKey } from "@keyward/sdk";
import { useMutation } from "@tanstack/react-query";
import { client } from "../app/client.ts";
import { useRefreshKeys } from "../app/refresh.ts";
import { announce } from "../controls/announcer.tsx";
import { Switch } from "../controls/switch.tsx";
import { isNotFound, sentenceOf } from "../words/failure.ts";
import { nameOf } from "./key-name.ts";
import { isOver } from "./offered.ts";

export function EnabledSwitch({ organizationId, apiKey }: { organizationId: string; apiKey: ApiKey }) {
  const refresh = useRefreshKeys(organizationId);
  const { mutate, isPending, variables } = useMutation({
    mutationFn: (enabled: boolean) => client.keys.update(organizationId, apiKey.id, { enabled }),
    onSuccess: (_changed, enabled) => announce(`${nameOf(apiKey)} is ${enabled ? "enabled" : "disabled"}`),
    onError: (error) => announce(isNotFound(error) ? `${nameOf(apiKey)} has been removed` : sentenceOf(error)),
    onSettled: refresh,
  });
  return (
    <Switch
      label={`${nameOf(apiKey)} enabled`}
      checked={isPending ? variables : apiKey.enabled}
      disabled={isOver(apiKey)}
      onChange={(enabled) => !isPending && mutate(enabled)}
    />
  );
}
