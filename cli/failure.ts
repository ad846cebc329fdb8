/** How a command ends that cannot do what it was asked. */

/** The exit codes; each has one meaning, and scripts rely on it. */
export const EXIT = { ok: 0, error: 1, usage: 2, notFound: 3, notAuthenticated: 4, refused: 10 } as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** `message` is one sentence for people and holds no secret; `next` says what to try, where there is something. */
export class Failure extends Error {
  readonly exitCode: ExitCode;
  readonly next: string | undefined;

  constructor(message: string, { exitCode = EXIT.error, next }: { exitCode?: ExitCode; next?: string | undefined } = {}) {
    super(message);
    this.exitCode = exitCode;
    this.next = next;
  }
}
