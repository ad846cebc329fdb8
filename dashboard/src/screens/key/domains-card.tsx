/** The websites on which a public key may be used alone, changed where they stand. */
import type { ApiKey } from "@keyward/sdk";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { client } from "../../app/client.ts";
import { fieldOf } from "../../app/failure.ts";
import { announce } from "../../controls/announcer.tsx";
import { Button } from "../../controls/button.tsx";
import { Card } from "../../controls/page.tsx";
import { Fault } from "../../controls/states.tsx";
import { DomainsField } from "../key-dialogs/domains-field.tsx";
import { isSameList, parseList } from "../key-dialogs/list-text.ts";
import { useKeyChanged } from "./key-query.ts";

export function DomainsCard({ organizationId, apiKey }: { organizationId: string; apiKey: ApiKey }) {
  const [text, setText] = useState(apiKey.domains.join(", "));
  const changed = useKeyChanged(organizationId);
  const { mutate, isPending, error } = useMutation({
    mutationFn: (domains: readonly string[]) => client.keys.update(organizationId, apiKey.id, { domains }),
    onSuccess: ({ domains }) => {
      setText(domains.join(", "));
      announce("Saved");
    },
    onSettled: changed,
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
        <DomainsField value={text} onChange={setText} fault={fault} />
        {error !== null && fault === undefined && <Fault error={error} />}
        <Button type="submit" look="primary" busy={isPending} disabled={isSame}>
          Save
        </Button>
      </form>
    </Card>
  );
}
