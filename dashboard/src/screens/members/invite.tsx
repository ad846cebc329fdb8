/** Inviting somebody: first the role, then the link. Anybody with the link can use it, so it is kept in this component alone. */
import type { Role } from "@keyward/sdk";
import { useState } from "react";
import { client } from "../../app/client.ts";
import { useRefresh } from "../../app/refresh.ts";
import { useAttempt } from "../../app/use-attempt.ts";
import { useStayWhile } from "../../app/use-stay-while.ts";
import { Button } from "../../controls/button.tsx";
import { Dialog, DialogActions } from "../../controls/dialog.tsx";
import { SelectField, TextField } from "../../controls/field.tsx";
import { Fault } from "../../controls/states.tsx";
import { SecretField } from "../../secrets/secret-field.tsx";
import { fieldOf, sentenceOf } from "../../words/failure.ts";
import { ROLE_MEANINGS, roleInWords } from "../../words/role.ts";
import { useAssignableRoles } from "./assignable-roles.ts";

const FIELDS = ["role", "note"] as const;

export function Invite({ organizationId, onClose }: { organizationId: string; onClose: () => void }) {
  const [link, setLink] = useState<string>();
  if (link === undefined) return <InviteForm organizationId={organizationId} onInvited={setLink} onClose={onClose} />;
  return (
    <Dialog
      wide
      title="Invitation created"
      description="Send this link to the person you invite over a channel that only the two of you read: the first person to open it can join. It is not shown again."
      onClose={onClose}
    >
      <SecretField isMain label="Link" text={link} what="Link" />
      <DialogActions>
        <Button onClick={onClose}>Done</Button>
      </DialogActions>
    </Dialog>
  );
}

interface InviteFormProps {
  organizationId: string;
  onInvited: (link: string) => void;
  onClose: () => void;
}

function InviteForm({ organizationId, onInvited, onClose }: InviteFormProps) {
  const refresh = useRefresh("members", organizationId);
  const roles = useAssignableRoles(organizationId, null);
  const [role, setRole] = useState<Role>("member");
  const [note, setNote] = useState("");
  const { isBusy, error, attempt } = useAttempt(async () => {
    const { link } = await client.invitations.create(organizationId, { role, note: note.trim() === "" ? null : note });
    onInvited(link);
    void refresh();
  });
  useStayWhile(isBusy);
  const faulty = fieldOf(error, FIELDS);
  return (
    // While the request is under way the dialog stays open: only its response has the link.
    <Dialog title="Invite somebody" description="Creates a link that works once, for seven days." onClose={() => isBusy || onClose()}>
      <form
        className="space-y-4"
        onSubmit={(event) => {
          event.preventDefault();
          attempt();
        }}
      >
        <SelectField
          label="Role"
          value={role}
          onChange={(event) => setRole(event.target.value as Role)}
          choices={roles.map((value) => ({ value, label: roleInWords(value) }))}
          help={ROLE_MEANINGS[role]}
          fault={faulty === "role" ? sentenceOf(error) : undefined}
        />
        <TextField
          label="Note"
          optional
          value={note}
          autoComplete="off"
          placeholder="ada@example.com"
          help="Who it is for. Nothing is sent there."
          onChange={(event) => setNote(event.target.value)}
          fault={faulty === "note" ? sentenceOf(error) : undefined}
        />
        {error !== undefined && faulty === undefined && <Fault error={error} />}
        <DialogActions>
          <Button onClick={onClose} disabled={isBusy}>
            Cancel
          </Button>
          <Button type="submit" look="primary" busy={isBusy}>
            Create link
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
