/** Reads a database URL, with the variables of PostgreSQL's own programs for what it leaves out. Pure: it opens no file and no connection. */

import { OpeningRefused } from "./opening-refused.ts";

/** `PGHOST`, `PGPASSWORD` and so on, by name. An empty one counts as not set. */
export type PostgresVariables = Readonly<Record<string, string | undefined>>;

export interface ConnectionSettings {
  /** The name or address of the server. A path is the directory of its socket. */
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** Undefined: from the password file, or the server asks for none. */
  readonly password: string | undefined;
  /** Where passwords are, if the URL and the variables have none. */
  readonly passwordFile: string | undefined;
  readonly database: string;
  readonly applicationName: string;
  readonly tls: TlsSettings;
}

const TLS_MODES = ["disable", "prefer", "require", "verify-ca", "verify-full"] as const;

export interface TlsSettings {
  readonly mode: (typeof TLS_MODES)[number];
  /** Files in PEM form. `system` as the root certificate: those that Node brings. */
  readonly rootCertificate: string | undefined;
  readonly certificate: string | undefined;
  readonly key: string | undefined;
}

/** Parameters of the URL and the variable that stands in for each. */
const PARAMETERS = {
  host: "PGHOST",
  port: "PGPORT",
  user: "PGUSER",
  password: "PGPASSWORD",
  dbname: "PGDATABASE",
  passfile: "PGPASSFILE",
  application_name: "PGAPPNAME",
  sslmode: "PGSSLMODE",
  sslrootcert: "PGSSLROOTCERT",
  sslcert: "PGSSLCERT",
  sslkey: "PGSSLKEY",
} as const;
type Parameter = keyof typeof PARAMETERS;

const EXAMPLE = "postgres://user:password@host:5432/database";

/** @throws OpeningRefused with one sentence, which never repeats the password */
export function readConnectionSettings(url: string, variables: PostgresVariables = {}): ConnectionSettings {
  const given = parse(url);
  const get = (name: Parameter): string | undefined => given[name] || variables[PARAMETERS[name]] || undefined;
  const user = get("user");
  if (user === undefined) throw new OpeningRefused(`the database URL names no user; write it as in ${EXAMPLE}`);
  const port = Number(get("port") ?? 5432);
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw new OpeningRefused("the port of the database must be a number from 1 to 65535");
  const host = get("host") ?? "localhost";
  if (host.includes(",")) throw new OpeningRefused("the database URL names several hosts; name one, through which the primary is reached");
  return {
    host,
    port,
    user,
    password: get("password"),
    passwordFile: get("passfile") ?? (variables.HOME ? `${variables.HOME}/.pgpass` : undefined),
    database: get("dbname") ?? user,
    applicationName: get("application_name") ?? "keyward",
    tls: {
      mode: host.startsWith("/") ? "disable" : tlsMode(get("sslmode") ?? "prefer", get("sslrootcert")),
      rootCertificate: get("sslrootcert"),
      certificate: get("sslcert"),
      key: get("sslkey"),
    },
  };
}

/** As in `psql`, `require` with a root certificate checks it. */
function tlsMode(text: string, rootCertificate: string | undefined): TlsSettings["mode"] {
  const mode = TLS_MODES.find((each) => each === text);
  if (mode === undefined) throw new OpeningRefused(`sslmode must be one of ${TLS_MODES.join(", ")}`);
  if (rootCertificate === "system" && mode !== "verify-full") throw new OpeningRefused("sslrootcert=system needs sslmode=verify-full");
  return mode === "require" && rootCertificate !== undefined ? "verify-ca" : mode;
}

/** Stands for an empty host after a user, which `URL` does not accept: `postgres://user@/database?host=/run/postgresql`. */
const NO_HOST = "none.invalid";

function parse(text: string): Partial<Record<Parameter, string>> {
  const withHost = text.replace(/^([a-z]+:\/\/[^/?#]*@)(?=[/?]|$)/, `$1${NO_HOST}`);
  const url = /^postgres(?:ql)?:\/\//.test(text) ? URL.parse(withHost) : null;
  if (url === null) throw new OpeningRefused(`the database URL must have the form ${EXAMPLE}`);
  const parameters: Record<string, string> = {};
  for (const [name, value] of url.searchParams) {
    if (name === "channel_binding") continue; // It is used whenever the server offers it over TLS.
    if (!Object.hasOwn(PARAMETERS, name)) throw new OpeningRefused(`the database URL has an unknown parameter: ${name}`);
    parameters[name] = value;
  }
  return {
    host: url.hostname === NO_HOST ? "" : decode(url.hostname.replace(/^\[(.*)\]$/, "$1")),
    port: url.port,
    user: decode(url.username),
    password: decode(url.password),
    dbname: decode(url.pathname.slice(1)),
    ...parameters,
  };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new OpeningRefused("the database URL has a % that is no escape; write % as %25, also in the password");
  }
}
