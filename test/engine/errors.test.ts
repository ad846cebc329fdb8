import { STATUS_CODES } from "node:http";
import { describe, expect, test } from "vitest";
import { ERRORS, type ErrorCode, invalid, ok, refuse } from "../../engine/errors.ts";

const catalogue = Object.entries(ERRORS) as [ErrorCode, (typeof ERRORS)[ErrorCode]][];

test("no code changes its status by accident: clients decide by both", () => {
  expect(Object.fromEntries(catalogue.map(([code, { status }]) => [code, status]))).toEqual({
    invalid_request: 400,
    invalid_json: 400,
    multiple_credentials: 400,
    missing_credential: 401,
    invalid_credential: 401,
    insufficient_scope: 403,
    forbidden: 403,
    origin_not_allowed: 403,
    key_limit_reached: 403,
    not_found: 404,
    method_not_allowed: 405,
    not_claimable: 404,
    already_claimed: 409,
    last_owner: 409,
    key_in_use: 409,
    key_not_active: 409,
    already_rotated: 409,
    already_exists: 409,
    idempotency_in_progress: 409,
    request_timeout: 408,
    payload_too_large: 413,
    unsupported_media_type: 415,
    expectation_failed: 417,
    idempotency_mismatch: 422,
    rate_limited: 429,
    headers_too_large: 431,
    internal: 500,
    upstream_unreachable: 502,
    identity_unavailable: 503,
    dashboard_unavailable: 503,
    store_unavailable: 503,
    upstream_timeout: 504,
  });
});

describe.each(catalogue)("%s", (code, { status, title, advice }) => {
  test("has a status of HTTP that means an error", () => {
    expect(STATUS_CODES[status]).toBeDefined();
    expect(status).toBeGreaterThanOrEqual(400);
  });

  test("is spelled in lower case and underscores, and says what happened and what to do", () => {
    expect(code).toMatch(/^[a-z]+(?:_[a-z]+)*$/);
    expect(title).toMatch(/^[A-Z].*[^.\s]$/);
    expect(advice).toMatch(/^[A-Z].*\.$/);
  });
});

test("no two codes have the same title: people tell errors apart by it", () => {
  expect(new Set(catalogue.map(([, { title }]) => title)).size).toBe(catalogue.length);
});

describe("a no is a value", () => {
  test("success carries the value", () => {
    expect(ok(7)).toEqual({ ok: true, value: 7 });
    expect(ok(undefined)).toEqual({ ok: true, value: undefined });
  });

  test("a refusal carries code and sentence, and no empty members", () => {
    expect(Object.keys(refuse("not_found", "There is no such key.").problem)).toEqual(["code", "detail"]);
    expect(refuse("rate_limited", "Wait.", { retryAfterSeconds: 3 })).toEqual({
      ok: false,
      problem: { code: "rate_limited", detail: "Wait.", retryAfterSeconds: 3 },
    });
  });

  test("a wrong input is named as the caller spells it", () => {
    expect(invalid("limits.requestsPerDay", "too small").problem).toEqual({
      code: "invalid_request",
      detail: "too small",
      field: "limits.requestsPerDay",
    });
  });
});
