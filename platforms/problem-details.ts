/** Errors as problem details (RFC 9457): what a platform answers that documents no form of its own. */
import type { Platform } from "./define.ts";

export const problemDetails: Platform["errorBody"] = ({ code, detail, field, retryAfterSeconds }, catalogue) => {
  const { status, title } = catalogue(code);
  return {
    contentType: "application/problem+json",
    body: {
      type: `urn:keyward:problem:${code}`,
      title,
      status,
      detail,
      code,
      ...(field !== undefined && { errors: [{ field, message: detail }] }),
      ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
    },
  };
};
