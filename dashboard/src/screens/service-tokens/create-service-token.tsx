/** Creating a service token: first its name, then the token, which is shown once and kept in this component alone. */
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { client } from "../../app/client.ts";
import { serverUrl } from "../../app/place.ts";
import { useAttempt } from "../../app/use-attempt.ts";
import { useStayWhile } from "../../app/use-stay-while.ts";
import { Button } from "../../controls/button.tsx";
import { Dialog, DialogActions } from "../../controls/dialog.tsx";
import { TextField } from "../../controls/field.tsx";
import { Fault } from "../../controls/states.tsx";
import { ShownOnce } from "../../secrets/shown-once.tsx";
import { fieldOf, sentenceOf } from "../../words/failure.ts";
import { serviceTokenSamples } from "../../words/samples.ts";

export function CreateServiceToken({ onClose }: { onClose: () => void }) {
  const [token, setToken] = useState<string>();
  if (token === undefined) return <NameDialog onCreated={setToken} onClose={onClose} />;
  return (
    <ShownOnce
      title="Service token created"
      what="token"
      secret={{ kind: "secret", key: token }}
      samples={serviceTokenSamples(token, serverUrl)}
      onStored={onClose}
    />
  );
}

function NameDialog({ onCreated, onClose }: { onCreated: (token: string) => void; onClose: () => void }) {
  const cache = useQueryClient();
  const [name, setName] = useState("");
  const { isBusy, error, attempt } = useAttempt(async () => {
    const { token } = await client.serviceTokens.create({ name });
    onCreated(token);
    void cache.invalidateQueries({ queryKey: ["service-tokens"] });
  });
  useStayWhile(isBusy);
  const isFaulty = fieldOf(error, ["name"]) !== undefined;
  return (
    // While the request is under way the dialog stays open: only its response has the token.
    <Dialog
      title="Create service token"
      description="Use one for each application, so that each can be revoked separately."
      onClose={() => isBusy || onClose()}
    >
      <form
        className="space-y-4"
        onSubmit={(event) => {
          event.preventDefault();
          attempt();
        }}
      >
        <TextField
          label="Name"
          value={name}
          placeholder="billing service"
          autoComplete="off"
          onChange={(event) => setName(event.target.value)}
          fault={isFaulty ? sentenceOf(error) : undefined}
        />
        {error !== undefined && !isFaulty && <Fault error={error} />}
        <DialogActions>
          <Button onClick={onClose} disabled={isBusy}>
            Cancel
          </Button>
          <Button type="submit" look="primary" busy={isBusy}>
            Create service token
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
