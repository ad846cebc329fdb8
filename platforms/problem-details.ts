/** Errors as problem details (RFC 9457): the default, for a platform whose documentation promises no other form. */
import { ERRORS } from "../engine/errors.ts";
import type { ErrorForm } from "./platform.ts";
import { count, list, record, text } from "./schema.ts";

export const problemDetails: ErrorForm = Object.freeze({
  contentType: "application/problem+json",
  schema: record(
    {
      type: text(),
      title: text(),
      status: count(),
      detail: text("A sentence for people."),
      code: { type: "string", enum: Object.keys(ERRORS) },
    },
    {
      errors: { ...list(record({ field: text(), message: text() })), description: "The input that is at fault." },
      requestId: text("The id of the request, as in X-Request-Id."),
      retryAfterSeconds: count("The same request passes after so many seconds."),
    },
  ),
  body: ({ code, detail, field, retryAfterSeconds }, catalogue) => {
    const { status, title } = catalogue(code);
    return {
      type: `urn:keyward:problem:${code}`,
      title,
      status,
      detail,
      code,
      ...(field !== undefined && { errors: [{ field, message: detail }] }),
      ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
    };
  },
} satisfies ErrorForm);
