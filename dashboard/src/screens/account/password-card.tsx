/** Changing the password, which ends all other sessions. */
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { client } from "../../app/client.ts";
import { useSession } from "../../app/session.ts";
import { useAttempt } from "../../app/use-attempt.ts";
import { announce } from "../../controls/announcer.tsx";
import { Button } from "../../controls/button.tsx";
import { TextField } from "../../controls/field.tsx";
import { Card } from "../../controls/page.tsx";
import { Fault } from "../../controls/states.tsx";
import { fieldOf, sentenceOf } from "../../words/failure.ts";
import { passwordHelp, passwordRule } from "../../words/password.ts";

const FIELDS = ["currentPassword", "newPassword"] as const;
type Field = (typeof FIELDS)[number];
const NOTHING: Record<Field, string> = { currentPassword: "", newPassword: "" };

export function PasswordCard() {
  const cache = useQueryClient();
  const { user, signIn } = useSession();
  const { passwordLength } = signIn;
  const [typed, setTyped] = useState(NOTHING);
  // Not a mutation: the mutation cache would keep the passwords.
  const { isBusy, error, attempt } = useAttempt(async () => {
    await client.signIn.changePassword(typed);
    setTyped(NOTHING);
    announce("Password changed");
    await cache.invalidateQueries({ queryKey: ["sessions"] });
  });
  const faulty = fieldOf(error, FIELDS);
  const input = (field: Field) => ({
    type: "password",
    value: typed[field],
    onChange: ({ target }: { target: HTMLInputElement }) => setTyped((before) => ({ ...before, [field]: target.value })),
    fault: faulty === field ? (field === "newPassword" ? passwordRule(passwordLength) : sentenceOf(error)) : undefined,
  });
  return (
    <Card title="Password" text="Changing it signs you out everywhere else.">
      <form
        className="max-w-md space-y-4"
        onSubmit={(event) => {
          event.preventDefault();
          attempt();
        }}
      >
        {/* For password managers. */}
        <input type="text" name="username" autoComplete="username" value={user?.email ?? ""} readOnly hidden />
        <TextField label="Current password" autoComplete="current-password" {...input("currentPassword")} />
        <TextField label="New password" autoComplete="new-password" help={passwordHelp(passwordLength)} {...input("newPassword")} />
        {error !== undefined && faulty === undefined && <Fault error={error} />}
        <Button type="submit" look="primary" busy={isBusy} disabled={typed.currentPassword === "" || typed.newPassword === ""}>
          Change password
        </Button>
      </form>
    </Card>
  );
}
