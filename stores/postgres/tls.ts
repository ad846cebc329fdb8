/** The TLS options of a connection. */
import { readFile } from "node:fs/promises";
import type { ConnectionOptions } from "node:tls";
import type { TlsSettings } from "./connection-settings.ts";
import { OpeningRefused } from "./opening-refused.ts";

/**
 * False: no TLS.
 * @throws OpeningRefused with one sentence if a file cannot be read
 */
export async function tlsOptions({ mode, rootCertificate, certificate, key }: TlsSettings): Promise<false | ConnectionOptions> {
  if (mode === "disable") return false;
  return {
    rejectUnauthorized: mode === "verify-ca" || mode === "verify-full",
    // It would compare the name of the host with the certificate.
    ...(mode === "verify-ca" && { checkServerIdentity: () => undefined }),
    ...(rootCertificate !== undefined && rootCertificate !== "system" && { ca: await contentOf(rootCertificate, "sslrootcert") }),
    ...(certificate !== undefined && { cert: await contentOf(certificate, "sslcert") }),
    ...(key !== undefined && { key: await contentOf(key, "sslkey") }),
  };
}

async function contentOf(file: string, parameter: string): Promise<string> {
  return readFile(file, "utf8").catch((cause: NodeJS.ErrnoException) => {
    throw new OpeningRefused(`${parameter} names ${file}, which cannot be read (${cause.code ?? "unknown"})`, { cause });
  });
}
