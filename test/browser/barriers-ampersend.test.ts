/** What ampersend changes about a screen, or has of its own, shuts nobody out: scopes to choose from. */
import { testBarriers } from "../support/barriers.ts";

testBarriers("ampersend", ({ varies }) => varies !== undefined);
