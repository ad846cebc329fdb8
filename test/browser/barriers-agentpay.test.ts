/** What AgentPay changes about a screen, or has of its own, shuts nobody out: sealed keys and linked ones. */
import { testBarriers } from "../support/barriers.ts";

testBarriers("agentpay", ({ varies }) => varies !== undefined);
