/** Enables and disables a key, in the list and on its page. */
import type { ApiKey } from "@keyward/sdk";
import { useMutation } from "@tanstack/react-query";
import { client } from "../app/client.ts";
import { useRefresh } from "../app/refresh.ts";
import { announce } from "../controls/announcer.tsx";
import { isNotFound, sentenceOf } from "../words/failure.ts";
import { nameOf } from "./key-name.ts";
import { isOver } from "./offered.ts";

export function EnabledSwitch({ organizationId, apiKey }: { organizationId: string; apiKey: ApiKey }) {
  const name = nameOf(apiKey);
  const refresh = useRefresh("keys", organizationId);
  const { mutate, isPending, variables } = useMutation({
    mutationFn: (enabled: boolean) => client.keys.update(organizationId, apiKey.id, { enabled }),
    onSuccess: (_changed, enabled) => announce(`${name} is ${enabled ? "enabled" : "disabled"}`),
    onError: (error) => announce(isNotFound(error) ? `${name} has been removed` : sentenceOf(error)),
    onSettled: refresh,
  });
  const isOn = isPending ? variables : apiKey.enabled;
  return (
    <button
      type="button"
      role="switch"
      aria-label={`${name} enabled`}
      aria-checked={isOn}
      disabled={isOver(apiKey)}
      onClick={() => !isPending && mutate(!isOn)}
      className="group relative h-6 w-10 shrink-0 rounded-full bg-line-strong p-0.5 transition-colors after:absolute after:-inset-2 disabled:opacity-50 aria-checked:bg-good forced-colors:border forced-colors:p-px forced-colors:aria-checked:bg-[Highlight]"
    >
      <span className="block size-5 rounded-full bg-white transition-transform group-aria-checked:translate-x-4 forced-colors:bg-[ButtonText]" />
    </button>
  );
}
