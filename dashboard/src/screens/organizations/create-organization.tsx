/** Creating an organization. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { client } from "../../app/client.ts";
import { usePlatform } from "../../app/session.ts";
import { announce } from "../../controls/announcer.tsx";
import { Button } from "../../controls/button.tsx";
import { Dialog, DialogActions } from "../../controls/dialog.tsx";
import { SelectField, TextField } from "../../controls/field.tsx";
import { Fault } from "../../controls/states.tsx";
import { fieldOf, sentenceOf } from "../../words/failure.ts";

const FIELDS = ["name", "plan"] as const;

export function CreateOrganization({ onClose }: { onClose: () => void }) {
  const { plans, defaultPlan } = usePlatform();
  const [name, setName] = useState("");
  const [plan, setPlan] = useState(defaultPlan);
  const { mutate, isPending, error } = useCreation(onClose);
  const faulty = fieldOf(error, FIELDS);
  const faultOf = (field: (typeof FIELDS)[number]) => (faulty === field ? sentenceOf(error) : undefined);
  return (
    <Dialog title="Create organization" onClose={onClose}>
      <form
        className="space-y-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (!isPending) mutate({ name, plan });
        }}
      >
        <TextField label="Name" value={name} autoComplete="off" onChange={(event) => setName(event.target.value)} fault={faultOf("name")} />
        <SelectField
          label="Plan"
          value={plan}
          onChange={(event) => setPlan(event.target.value)}
          choices={Object.entries(plans).map(([value, { title }]) => ({ value, label: title }))}
          fault={faultOf("plan")}
        />
        {error !== null && faulty === undefined && <Fault error={error} />}
        <DialogActions>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" busy={isPending}>
            Create organization
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}

function useCreation(onCreated: () => void) {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (body: { name: string; plan: string }) => client.organizations.create(body),
    onSuccess: async ({ name }) => {
      await cache.invalidateQueries({ queryKey: ["organizations"] });
      announce(`${name} created`);
      onCreated();
    },
  });
}
