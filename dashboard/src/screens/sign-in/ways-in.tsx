/** The ways to sign in that this server has: providers, e-mail and password, or only the operator's link. */
import { client } from "../../app/client.ts";
import { addressOf } from "../../app/place.ts";
import { useSession } from "../../app/session.ts";
import { useAttempt } from "../../app/use-attempt.ts";
import { Button } from "../../controls/button.tsx";
import { Fault } from "../../controls/states.tsx";
import { PasswordForm } from "./password-form.tsx";

interface WaysInProps {
  /** The page that a provider sends people back to. */
  comeBack: string;
  /** The same if the provider refused; it gets `?error=`. */
  comeBackRefused: string;
  /** The token of an invitation, which allows creating an account. */
  invitation?: string | undefined;
  /** Called before the page is left for a provider's. */
  onLeaving?: () => void;
  /** Called with whether the form creates an account. */
  onCreating?: (isCreating: boolean) => void;
  /** Called after an account was created, instead of the usual steps after signing in. */
  onCreated?: () => void;
}

export function WaysIn({ invitation, onCreating, onCreated, ...providers }: WaysInProps) {
  const { signIn } = useSession();
  if (signIn.providers.length === 0 && signIn.password === null) return <OperatorsLink />;
  return (
    <>
      <Providers {...{ ...providers, invitation }} />
      {signIn.providers.length > 0 && signIn.password !== null && <Or />}
      {signIn.password !== null && <PasswordForm mode={signIn.password} {...{ invitation, onCreating, onCreated }} />}
    </>
  );
}

function Providers({ comeBack, comeBackRefused, invitation, onLeaving }: Omit<WaysInProps, "onCreating" | "onCreated">) {
  const { providers } = useSession().signIn;
  const { isBusy, error, attempt } = useAttempt(async (provider: string) => {
    const { url } = await client.signIn.social({
      provider,
      callbackURL: addressOf(comeBack),
      errorCallbackURL: addressOf(comeBackRefused),
      ...(invitation !== undefined && { invitation }),
    });
    onLeaving?.();
    window.location.assign(url);
  }, ignore);
  if (providers.length === 0) return null;
  return (
    <div className="space-y-2">
      {providers.map(({ id, name }) => (
        <Button key={id} className="w-full" busy={isBusy} onClick={() => attempt(id)}>
          Continue with {name}
        </Button>
      ))}
      {error !== undefined && <Fault error={error} />}
    </div>
  );
}

/** Nobody is signed in here, so a 401 ends no session. */
const ignore = () => undefined;

function Or() {
  return (
    <p className="flex items-center gap-3 text-xs text-ink-faint before:h-px before:grow before:bg-line after:h-px after:grow after:bg-line">
      or
    </p>
  );
}

function OperatorsLink() {
  return (
    <div className="space-y-3 text-ink-soft">
      <p>No way to sign in is set up yet.</p>
      <p>
        The operator signs in with a link that <Code>bin/keyward sign-in</Code> makes on the server's machine; the first start prints one
        too. It works once, within 15 minutes.
      </p>
      <p>
        <Code>docs/sign-in.md</Code> says how to switch on GitHub, Google, another provider, or e-mail and password.
      </p>
    </div>
  );
}

function Code({ children }: { children: string }) {
  return <code className="rounded bg-sunken px-1 py-0.5 font-mono text-xs text-ink">{children}</code>;
}
