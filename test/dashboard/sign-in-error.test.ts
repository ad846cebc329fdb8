import { describe, expect, it } from "vitest";
import { signInErrorInWords } from "../../dashboard/src/words/sign-in-error.ts";

describe("why somebody is back on the sign-in page", () => {
  it.each([
    ["session_ended", /your session has ended.*return to where you were/i],
    ["invalid_credential", /link was already used, or has expired/i],
    ["access_denied", /provider/i],
    ["account_not_linked", /same e-mail address/i],
  ])("says it for %s", (code, words) => expect(signInErrorInWords(code)).toMatch(words));

  it.each(["sign_in_failed", "<b>Call 555</b>", "", "toString", "__proto__"])(
    "says a general sentence for %j, and not the text itself",
    (code) => expect(signInErrorInWords(code)).toBe("Signing in did not work. Try again. If it fails again, tell the operator."),
  );
});
