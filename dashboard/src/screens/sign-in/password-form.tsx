/** Signing in with e-mail and password, and creating an account if that is allowed. */
import { KeywardError } from "@keyward/sdk";
import { useState } from "react";
import { client } from "../../app/client.ts";
import { useSession } from "../../app/session.ts";
import { useEntering } from "../../app/session-change.ts";
import { useAttempt } from "../../app/use-attempt.ts";
import { Button } from "../../controls/button.tsx";
import { TextField } from "../../controls/field.tsx";
import { Fault } from "../../controls/states.tsx";
import { fieldOf, sentenceOf } from "../../words/failure.ts";
import { passwordHelp, passwordRule } from "../../words/password.ts";

const FIELDS = ["name", "email", "password"] as const;
type Field = (typeof FIELDS)[number];

interface PasswordFormProps {
  mode: "open" | "invited";
  invitation: string | undefined;
  onCreating: ((isCreating: boolean) => void) | undefined;
  onCreated: (() => void) | undefined;
}

export function PasswordForm({ mode, invitation, onCreating, onCreated }: PasswordFormProps) {
  const { passwordLength } = useSession().signIn;
  const mayCreate = mode === "open" || invitation !== undefined;
  const [isCreating, setCreating] = useState(invitation !== undefined);
  const [typed, setTyped] = useState<Record<Field, string>>({ name: "", email: "", password: "" });
  const { isBusy, error, attempt, forget } = useEntry(isCreating, typed, { invitation, onCreated });
  const faulty = faultyField(error);
  const turn = () => {
    forget();
    setCreating(!isCreating);
    onCreating?.(!isCreating);
  };
  const input = (field: Field) => ({
    value: typed[field],
    onChange: ({ target }: { target: HTMLInputElement }) => setTyped((before) => ({ ...before, [field]: target.value })),
    fault: faulty === field ? (field === "password" ? passwordRule(passwordLength) : sentenceOf(error)) : undefined,
  });
  return (
    <form
      noValidate
      className="space-y-4"
      onSubmit={(event) => {
        event.preventDefault();
        attempt();
      }}
    >
      {isCreating && <TextField label="Name" autoComplete="name" {...input("name")} />}
      <TextField label="E-mail" type="email" autoComplete="username" {...input("email")} />
      <TextField
        label="Password"
        type="password"
        autoComplete={isCreating ? "new-password" : "current-password"}
        help={isCreating ? passwordHelp(passwordLength) : undefined}
        {...input("password")}
      />
      {error !== undefined && faulty === undefined && <Fault error={error} />}
      <Button type="submit" look="primary" className="w-full" busy={isBusy}>
        {isCreating ? "Create account" : "Sign in"}
      </Button>
      {mayCreate ? (
        <Button look="quiet" className="w-full" disabled={isBusy} onClick={turn}>
          {isCreating ? "I have an account. Sign in" : "No account yet? Create one"}
        </Button>
      ) : (
        <p className="text-xs text-ink-soft">To create an account you need an invitation. Open the link you were given.</p>
      )}
    </form>
  );
}

/** Not a mutation: the mutation cache would keep the password. */
function useEntry(
  isCreating: boolean,
  { name, email, password }: Record<Field, string>,
  { invitation, onCreated }: Pick<PasswordFormProps, "invitation" | "onCreated">,
) {
  const enter = useEntering();
  return useAttempt(
    async () => {
      if (isCreating) await client.signIn.signUp({ name, email, password, ...(invitation !== undefined && { invitation }) });
      else await client.signIn.email({ email, password });
      if (isCreating && onCreated !== undefined) onCreated();
      else await enter();
    },
    () => undefined,
  );
}

function faultyField(error: unknown): Field | undefined {
  const isTaken = error instanceof KeywardError && error.code === "already_exists";
  return isTaken ? "email" : fieldOf(error, FIELDS);
}
