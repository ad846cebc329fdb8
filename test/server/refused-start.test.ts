/** A start that is refused leaves nothing behind, so that the process ends as soon as it has said why. */
import { setImmediate } from "node:timers/promises";
import { expect, test } from "vitest";
import { serve } from "../../server.ts";
import { traceDirectory } from "../support/root.ts";
import { ONE_THREAD, startServer } from "../support/server.ts";

/** How many timers keep this process running. */
const timers = () => process.getActiveResourcesInfo().filter((resource) => resource === "Timeout").length;

test("a port that is taken is refused, and no timer goes on", async () => {
  const { url } = await startServer();
  const { port } = new URL(url);
  const before = timers();
  const options = { platform: "keyward", host: "127.0.0.1", port: Number(port), dataDirectory: traceDirectory("refused") };
  await expect(serve(options, ONE_THREAD)).rejects.toThrow(`port ${port} is taken`);
  // Those of a moment end by themselves, well before a database has had its time to respond. Whoever waits by a timer counts that as well.
  for (const until = performance.now() + 5_000; timers() > before && performance.now() < until; ) await setImmediate();
  expect(timers()).toBeLessThanOrEqual(before);
});
