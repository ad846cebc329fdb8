/** Changing the password. Whoever knew the old one is signed out. */
import { KeywardError } from "@keyward/sdk";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { client } from "../../app/client.ts";
import { fieldOf, sentenceOf } from "../../app/failure.ts";
import { useSession } from "../../app/session.ts";
import { useAttempt } from "../../app/use-attempt.ts";
import { announce } from "../../controls/announcer.tsx";
import { Button } from "../../controls/button.tsx";
import { TextField } from "../../controls/field.tsx";
import { Card } from "../../controls/page.tsx";
import { Fault } from "../../controls/states.tsx";

const FIELDS = ["currentPassword", "newPassword"] as const;
type Field = (typeof FIELDS)[number];
const NOTHING: Record<Field, string> = { currentPassword: "", newPassword: "" };

export function PasswordCard() {
  const cache = useQueryClient();
  const { user } = useSession();
  const [typed, setTyped] = useState(NOTHING);
  // No mutation: its cache would remember the passwords.
  const { isBusy, error, attempt } = useAttempt(async () => {
    await client.signIn.changePassword(typed);
    setTyped(NOTHING);
    announce("Password changed");
    await cache.invalidateQueries({ queryKey: ["sessions"] });
  });
  const faulty = faultyField(error);
  const input = (field: Field) => ({
    type: "password",
    value: typed[field],
    onChange: ({ target }: { target: HTMLInputElement }) => setTyped((before) => ({ ...before, [field]: target.value })),
    fault: faulty === field ? sentenceOf(error) : undefined,
  });
  return (
    <Card title="Password" text="A new one signs you out everywhere else.">
      <form
        className="max-w-md space-y-4"
        onSubmit={(event) => {
          event.preventDefault();
          attempt();
        }}
      >
        {/* Password managers look for it. */}
        <input type="text" name="username" autoComplete="username" value={user?.email ?? ""} readOnly hidden />
        <TextField label="Current password" autoComplete="current-password" {...input("currentPassword")} />
        <TextField label="New password" autoComplete="new-password" help="12 characters or more." {...input("newPassword")} />
        {error !== undefined && faulty === undefined && <Fault error={error} />}
        <Button type="submit" look="primary" busy={isBusy} disabled={typed.currentPassword === "" || typed.newPassword === ""}>
          Change password
        </Button>
      </form>
    </Card>
  );
}

/** The server names the field of a malformed password; a wrong one has only a sentence. */
function faultyField(error: unknown): Field | undefined {
  const named = fieldOf(error, FIELDS);
  const isWrong = error instanceof KeywardError && error.message === "Invalid password";
  return named ?? (isWrong ? "currentPassword" : undefined);
}
