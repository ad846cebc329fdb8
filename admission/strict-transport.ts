/**
 * `Strict-Transport-Security` (RFC 6797) for responses of Keyward's own, where its base URL is https. For this host alone: its siblings are
 * not ours.
 */
export const STRICT_TRANSPORT = Object.freeze({ "strict-transport-security": "max-age=31536000" });
