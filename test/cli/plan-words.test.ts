/** How the command line writes plans and their limits. */
import { expect, test } from "vitest";
import { limitsInWords, type Plans, planTitle } from "../../cli/plan-words.ts";

const limits = { requestsPerMinute: 300, requestsPerDay: 100_000, concurrentRequests: 25 };
const plans: Plans = {
  growth: { ...limits, title: "Growth", customLimits: [] },
  enterprise: { ...limits, title: "Enterprise", customLimits: ["requestsPerMinute", "requestsPerDay", "concurrentRequests"] },
  free: { requestsPerMinute: null, requestsPerDay: null, concurrentRequests: null, title: "free", customLimits: [] },
};

test.each<[string, string, Record<string, number | null>, string, string]>([
  ["the plan's limits", "growth", {}, "Growth", "300/min, 100,000/day, 25 at once"],
  ["a limit of the organization's own", "growth", { requestsPerMinute: 1_200 }, "Growth", "1,200/min, 100,000/day, 25 at once"],
  ["a limit that was taken away", "growth", { requestsPerDay: null }, "Growth", "300/min, 25 at once"],
  ["AW5 custom limits that are not set", "enterprise", {}, "Enterprise", "Custom"],
  ["AW5 one of them is set", "enterprise", { requestsPerMinute: 5_000 }, "Enterprise", "5,000/min, Custom/day, Custom at once"],
  [
    "AW5 all of them are set",
    "enterprise",
    { requestsPerMinute: 5_000, requestsPerDay: null, concurrentRequests: 400 },
    "Enterprise",
    "5,000/min, 400 at once",
  ],
  ["no limits", "free", {}, "free", "none"],
  ["a plan that is not known any more", "toString", {}, "toString", "none"],
])("%s", (_sentence, plan, overrides, title, words) => {
  expect([planTitle(plans, { plan, overrides }), limitsInWords(plans, { plan, overrides })]).toEqual([title, words]);
});
