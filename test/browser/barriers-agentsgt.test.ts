/** What AgentsGT changes about a screen, or has of its own, shuts nobody out: pairs with their domains. */
import { testBarriers } from "../support/barriers.ts";

testBarriers("agentsgt", ({ varies }) => varies !== undefined);
