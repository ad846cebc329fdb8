/** Why a database cannot be opened, in one sentence for the operator. */
import { StoreUnavailable } from "../contract.ts";
import type { ConnectionSettings } from "./connection-settings.ts";
import { OpeningRefused } from "./opening-refused.ts";

type Sentence = (settings: ConnectionSettings) => string;

const noHost: Sentence = ({ host }) => `there is no host ${host}`;
const silent: Sentence = ({ host, port }) => `the database at ${at({ host, port })} does not respond`;
const untrusted: Sentence = ({ host }) =>
  `the certificate of ${host} is not trusted; name the certificate of its authority with sslrootcert in the database URL`;

/** By the server's SQLSTATE, or the code of Node's error. */
const BY_CODE: Readonly<Record<string, Sentence>> = {
  ECONNREFUSED: ({ host, port }) => `no PostgreSQL listens at ${at({ host, port })}`,
  ENOENT: ({ host, port }) => `no PostgreSQL listens at ${at({ host, port })}`,
  ENOTFOUND: noHost,
  EAI_AGAIN: noHost,
  ETIMEDOUT: silent,
  EHOSTUNREACH: silent,
  "28P01": ({ user }) => `the database does not accept the password of the user ${user}`,
  "28000": ({ user, database }) =>
    `the server does not let the user ${user} use the database ${database}: it has no such user, or pg_hba.conf does not allow it from here`,
  "3D000": ({ database }) => `there is no database ${database}; create it first`,
  "42501": ({ user, database }) => `the user ${user} may not use the database ${database} as Keyward needs it; make it the owner`,
  "25006": ({ database }) => `the database ${database} is read-only; Keyward needs the primary, and must be able to write`,
  "42P07": ({ database }) => `the database ${database} has tables of another application; give Keyward a database of its own`,
  "53300": () => "the server has no connection left for Keyward; it needs ten for each process",
  "57P03": ({ host, port }) => `the PostgreSQL at ${at({ host, port })} is starting or shutting down`,
  SELF_SIGNED_CERT_IN_CHAIN: untrusted,
  DEPTH_ZERO_SELF_SIGNED_CERT: untrusted,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: untrusted,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: untrusted,
  CERT_HAS_EXPIRED: ({ host }) => `the certificate of ${host} has expired`,
  ERR_TLS_CERT_ALTNAME_INVALID: ({ host }) => `the certificate of the server is for another host than ${host}`,
};

/** By the message, where `pg` has no code. */
const BY_MESSAGE: readonly (readonly [RegExp, Sentence])[] = [
  [/^The server does not support SSL/, ({ host }) => `${host} does not offer TLS, which sslmode asks for`],
  [/client password must be/i, ({ user }) => `the database asks for the password of the user ${user}, and none is given`],
  [/timeout/, silent],
  [/is a standby/, ({ host }) => `${host} is a standby, whose data may be out of date; Keyward needs the primary`],
];

/** The sentence for the first error of a chain of causes that is known. Otherwise its message, without the password. */
export function refusalSentence(error: unknown, settings: ConnectionSettings): string {
  if (error instanceof OpeningRefused) return error.message;
  for (let each: unknown = error; each instanceof Error; each = each.cause) {
    const { code, message } = each as Error & { readonly code?: string };
    const sentence = (code !== undefined && BY_CODE[code]) || BY_MESSAGE.find(([pattern]) => pattern.test(message))?.[1];
    if (sentence) return sentence(settings);
  }
  const message = error instanceof Error ? error.message : "unknown";
  const { password } = settings;
  const safe = password ? message.replaceAll(password, "***") : message;
  return error instanceof StoreUnavailable ? safe : `the database cannot be used: ${safe}`;
}

function at({ host, port }: Pick<ConnectionSettings, "host" | "port">): string {
  return host.startsWith("/") ? `${host}/.s.PGSQL.${port}` : `${host.includes(":") ? `[${host}]` : host}:${port}`;
}
