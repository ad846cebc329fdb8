/** A secret, for the one time that it can be seen. The dialog is not lost by a slip: every way out but its button asks first. */
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
  /** What it is called in sentences: "key", "token". */
  what: string;
  secret: Secret;
  /** How it is put to use. */
  samples: readonly Sample[];
  /** Whether it is kept so that it can be shown again. */
  isKept?: boolean;
  /** The person has it. */
  onStored: () => void;
  /** What else is to be known, above the secret. */
  children?: ReactNode;
}

/** Holds the secret in its properties alone. While it is open, leaving the page asks as well. */
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
        {/* The second click of a double one on "Create" may fall on this button: it says nothing about the key. */}
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
  /** What leaving means. */
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

/** Holds every way that leads from the page until `open` is called; reloading and closing the tab ask in the browser's own words. */
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
