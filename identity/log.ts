/** The log of signing in. */

type Line = (details: Readonly<Record<string, unknown>>, message: string) => void;

export interface SignInLog {
  /** Failures that the operator must look into. Requests of strangers must not be able to cause one. */
  readonly error: Line;
  /** Failures between Keyward and a provider during a sign-in. */
  readonly warn: Line;
  /** Refused requests. */
  readonly debug: Line;
}
