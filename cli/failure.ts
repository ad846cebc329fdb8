/** A command that fails: its message, its advice and its exit code. */

/** The exit codes. Scripts rely on their meanings. */
export const EXIT = { ok: 0, error: 1, usage: 2, notFound: 3, notAuthenticated: 4, refused: 10 } as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/**
 * `message` is one sentence for people, without secrets. `next` says what to try, if there is something. `requestId` is that of the request
 * that a server refused.
 */
export class Failure extends Error {
  readonly exitCode: ExitCode;
  readonly next: string | undefined;
  readonly requestId: string | undefined;

  constructor(
    message: string,
    { exitCode = EXIT.error, next, requestId }: { exitCode?: ExitCode; next?: string | undefined; requestId?: string | undefined } = {},
  ) {
    super(message);
    this.exitCode = exitCode;
    this.next = next;
    this.requestId = requestId;
  }
}
