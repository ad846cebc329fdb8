/** From the form that tests a key to the body of the request. */
export interface TestForm {
  readonly credential: string;
  readonly origin: string;
  /** Separated by commas or spaces. */
  readonly scopes: string;
}

interface AskedTest {
  readonly credential: string;
  readonly origin?: string;
  readonly scopes?: readonly string[];
}

/** A leading "Bearer" is dropped: it is not part of the key. Empty fields are left out. */
export function readTest({ credential, origin, scopes }: TestForm): AskedTest {
  const named = scopes.split(/[\s,]+/).filter((scope) => scope !== "");
  return {
    credential: credential.trim().replace(/^Bearer\s+/i, ""),
    ...(origin.trim() !== "" && { origin: origin.trim() }),
    ...(named.length > 0 && { scopes: named }),
  };
}
