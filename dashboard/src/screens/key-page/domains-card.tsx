/** The websites on which the public key may be used alone, editable in place. */
import type { ApiKey } from "@keyward/sdk";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { client } from "../../app/client.ts";
import { useRefresh } from "../../app/refresh.ts";
import { announce } from "../../controls/announcer.tsx";
import { Button } from "../../controls/button.tsx";
import { Card } from "../../controls/page.tsx";
import { Fault } from "../../controls/states.tsx";
import { DomainsField } from "../../keys/dialogs/domains-field.tsx";
import { formatList, isSameList, parseList } from "../../keys/dialogs/list-text.ts";
import { keyQuery } from "../../keys/key-queries.ts";
import { fieldOf } from "../../words/failure.ts";

export function DomainsCard({ organizationId, apiKey }: { organizationId: string; apiKey: ApiKey }) {
  // Undefined until somebody types, so that a change made elsewhere is shown, and not overwritten with an old value.
  const [typed, setTyped] = useState<string>();
  const text = typed ?? formatList(apiKey.domains);
  const cache = useQueryClient();
  const refresh = useRefresh("keys", organizationId);
  const { mutate, isPending, error } = useMutation({
    mutationFn: (domains: readonly string[]) => client.keys.update(organizationId, apiKey.id, { domains }),
    onSuccess: (saved) => {
      cache.setQueryData(keyQuery(organizationId, apiKey.id).queryKey, saved);
      setTyped(undefined);
      announce("Saved");
    },
    onSettled: refresh,
  });
  const fault = fieldOf(error, ["domains"]) === undefined ? undefined : error?.message;
  const isSame = isSameList(parseList(text), apiKey.domains);
  return (
    <Card title="Allowed domains">
      <form
        className="space-y-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (!isPending && !isSame) mutate(parseList(text));
        }}
      >
        <DomainsField value={text} onChange={setTyped} fault={fault} />
        {error !== null && fault === undefined && <Fault error={error} />}
        <Button type="submit" look="primary" busy={isPending} disabled={isSame}>
          Save
        </Button>
      </form>
    </Card>
  );
}
