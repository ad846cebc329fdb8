/** The surfaces of the server, as metrics and traces name them. */

/** `operations`: health, readiness, metrics, the OpenAPI document and the documentation. */
export const SURFACES = ["verify", "forward-auth", "gateway", "platform", "management", "sign-in", "dashboard", "operations"] as const;
export type Surface = (typeof SURFACES)[number];

/** Responses by the first digit of their status. */
export const STATUS_CLASSES = ["1xx", "2xx", "3xx", "4xx", "5xx"] as const;
