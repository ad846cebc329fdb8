/** Why somebody is back at this page. */
import { signInErrorInWords } from "../../words/sign-in-error.ts";

export function SignInError({ code }: { code: string | undefined }) {
  if (code === undefined) return null;
  return (
    <p role="alert" className="rounded-lg bg-warn-soft px-3 py-2 font-medium text-warn">
      {signInErrorInWords(code)}
    </p>
  );
}
