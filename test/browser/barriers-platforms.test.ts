/** What a platform changes about a screen, or has of its own, shuts nobody out. */
import { describe } from "vitest";
import { testBarriers } from "../support/barriers.ts";

// Sealed and linked keys; pairs with domains; scopes to choose from.
describe.each(["agentpay", "agentsgt", "ampersend"])("%s", (platform) => testBarriers(platform, ({ varies }) => varies !== undefined));
