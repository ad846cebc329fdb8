/** Where signing in tells of what failed. */

type Line = (details: Readonly<Record<string, unknown>>, message: string) => void;

export interface SignInLog {
  /** What the operator must look into. Nothing that a stranger sends may come here. */
  readonly error: Line;
  /** What went wrong between us and a provider, for somebody who has begun to sign in. */
  readonly warn: Line;
  /** What was refused. */
  readonly debug: Line;
}
