/** Shows a secret once. Every way to close the dialog, except its button, asks first. */
import { useBlocker } from "@tanstack/react-router";
import { type ReactNode, useCallback, useRef, useState } from "react";
import { Button } from "../controls/button.tsx";
import { Dialog, DialogActions } from "../controls/dialog.tsx";
import { Icon } from "../controls/icon.tsx";
import type { Sample } from "../words/samples.ts";
import type { Secret } from "../words/secret.ts";
import { SecretField } from "./secret-field.tsx";

interface ShownOnceProps {
  title: string;
  /** The noun in its sentences: "key", "token". */
  what: string;
  secret: Secret;
  /** How to use it. */
  samples: readonly Sample[];
  /** Whether the server can show it again. */
  isKept?: boolean;
  /** Called when the person says that it is stored. */
  onStored: () => void;
  /** Shown above the secret. */
  children?: ReactNode;
}

/** The secret lives in its props alone. While it is open, leaving the page asks too. */
export function ShownOnce({ title, what, secret, samples, isKept = false, onStored, children }: ShownOnceProps) {
  const [isAsking, setAsking] = useState(false);
  const guard = useLeaveGuard();
  const store = () => {
    guard.open();
    onStored();
  };
  const leaving = guard.held;
  return (
    <Dialog
      wide
      title={title}
      description={isKept ? `Store this ${what} securely. ${SHOWN_LATER}` : warningFor(secret, what)}
      onClose={() => setAsking(true)}
    >
      <div className="space-y-5">
        {children}
        <SecretFields secret={secret} what={what} />
        {samples.map((sample) => (
          <SecretField key={sample.label} {...sample} />
        ))}
        <p className="flex gap-2 text-ink-soft">
          <Icon name="warning" className="mt-0.5 size-4 shrink-0 text-warn" />
          <span>Keep it in a secret manager or an environment variable. Never commit it to version control.</span>
        </p>
      </div>
      <DialogActions>
        {/* The second click of a double click on "Create" can land on this button: ignore it. */}
        <Button look="primary" onClick={({ detail }) => detail <= 1 && store()}>
          I have stored the {what}
        </Button>
      </DialogActions>
      {(isAsking || leaving !== undefined) && (
        <LeaveQuestion
          what={what}
          text={isKept ? SHOWN_LATER : "It is not shown again."}
          onStay={() => {
            setAsking(false);
            leaving?.stay();
          }}
          onLeave={leaving === undefined ? store : leaving.leave}
        />
      )}
    </Dialog>
  );
}

interface LeaveQuestionProps {
  what: string;
  /** What closing means. */
  text: string;
  onStay: () => void;
  onLeave: () => void;
}

/** "Go back" comes first and has the focus: a key pressed out of habit loses nothing. */
function LeaveQuestion({ what, text, onStay, onLeave }: LeaveQuestionProps) {
  return (
    <Dialog title={`Have you stored the ${what}?`} description={text} onClose={onStay}>
      <DialogActions>
        <Button look="primary" onClick={onStay}>
          Go back
        </Button>
        <Button onClick={onLeave}>I have stored it</Button>
      </DialogActions>
    </Dialog>
  );
}

const SHOWN_LATER = "It can be shown again in the list of keys; each showing is written to the audit log.";

function warningFor({ kind }: Secret, what: string): string {
  if (kind === "pair") return "The secret key is only shown once. Copy it immediately and store it securely.";
  return `Store this ${what} securely. It will not be shown again.`;
}

function SecretFields({ secret, what }: { secret: Secret; what: string }) {
  const name = `${what.slice(0, 1).toUpperCase()}${what.slice(1)}`;
  if (secret.kind === "secret") return <SecretField isMain label={name} text={secret.key} what={name} />;
  const { publicKey, secretKey } = secret;
  return (
    <>
      <SecretField label="Public Key:" text={publicKey} what="Public key" />
      <SecretField isMain label="Secret Key:" text={secretKey} what="Secret key" />
      <SecretField label="Both, as requests send them" text={`${publicKey}:${secretKey}`} what="Key pair" />
    </>
  );
}

/** Blocks navigation until `open` is called. Reloading and closing the tab show the browser's own question. */
function useLeaveGuard() {
  const isOpen = useRef(false);
  const shouldBlockFn = useCallback(() => !isOpen.current, []);
  const blocker = useBlocker({ shouldBlockFn, enableBeforeUnload: shouldBlockFn, withResolver: true });
  return {
    open: () => {
      isOpen.current = true;
    },
    held: blocker.status === "blocked" ? { stay: blocker.reset, leave: blocker.proceed } : undefined,
  };
}
