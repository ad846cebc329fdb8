/** What a platform changes about a screen, or has of its own, shuts nobody out. */
import { describe } from "vitest";
import { testBarriers } from "../support/barriers.ts";

describe.each([
  ["agentpay", ["keys", "key-link", "key-create", "key-show", "key-shown", "key-created"]],
  ["agentsgt", ["keys", "key-create", "key-edit", "key-revoke", "key-tested", "key-created"]],
  ["ampersend", ["key-create-more", "key-create-no-scope", "key-edit-more"]],
])("%s", testBarriers);
