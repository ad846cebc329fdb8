/**
 * Responses as they would read without the id of their request, which differs each time. What receives responses for tests has looked at the
 * id before: every response must have one (`openapi-checker.ts`).
 */

/** Problem details without their id. */
export function withoutRequestId(text: string, requestId: string | null | undefined): string {
  return requestId == null ? text : text.replace(`,"requestId":"${requestId}"`, "");
}
