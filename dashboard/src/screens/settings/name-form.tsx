/** The form that renames the organization. */
import type { Organization } from "@keyward/sdk";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { client } from "../../app/client.ts";
import { organizationQuery } from "../../app/organization.ts";
import { announce } from "../../controls/announcer.tsx";
import { Button } from "../../controls/button.tsx";
import { TextField } from "../../controls/field.tsx";
import { Fault } from "../../controls/states.tsx";
import { fieldOf, sentenceOf } from "../../words/failure.ts";

export function NameForm({ organization }: { organization: Organization }) {
  const [name, setName] = useState(organization.name);
  const { mutate, isPending, error } = useRename(organization.id);
  const isFaulty = fieldOf(error, ["name"]) !== undefined;
  return (
    <form
      className="max-w-md space-y-3"
      onSubmit={(event) => {
        event.preventDefault();
        mutate(name, { onSuccess: (renamed) => setName(renamed.name) });
      }}
    >
      <TextField
        label="Organization name"
        value={name}
        autoComplete="organization"
        onChange={(event) => setName(event.target.value)}
        fault={isFaulty ? sentenceOf(error) : undefined}
      />
      {error !== null && !isFaulty && <Fault error={error} />}
      <Button type="submit" look="primary" busy={isPending} disabled={name === organization.name}>
        Save
      </Button>
    </form>
  );
}

function useRename(organizationId: string) {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (name: string) => client.organizations.update(organizationId, { name }),
    onSuccess: (organization) => {
      announce("Name saved");
      cache.setQueryData(organizationQuery(organizationId).queryKey, organization);
      // The menu at the top shows the name from the session; the operator's list shows it too.
      void cache.invalidateQueries({ queryKey: ["session"] });
      void cache.invalidateQueries({ queryKey: ["organizations"] });
      void cache.invalidateQueries({ queryKey: ["audit", organizationId] });
    },
  });
}
