/** A thread that serves what is frequent: verification, forward-auth and the gateway. It hands everything else over to the main thread. */
import { workerData } from "node:worker_threads";
import { serveCalls } from "../stores/thread-door.ts";
import type { ThreadData, ThreadMethods } from "./thread-data.ts";
import { openThread } from "./thread-server.ts";

const data = workerData as ThreadData;
const opened = openThread(data);
// `started` tells.
opened.catch(() => undefined);

const methods: ThreadMethods = {
  started: async () => void (await opened),
  flush: async () => (await opened).service.flush(),
  turnJournal: async () => (await opened).limiter.turnJournal?.(),
  discardJournal: async () => (await opened).limiter.discardJournal?.(),
  lastUsesOf: async (keyIds) => {
    const { verifier } = await opened;
    return keyIds.map((keyId) => verifier.lastUseOf(keyId));
  },
  areRateLimited: async (keyIds) => {
    const { verifier } = await opened;
    return keyIds.map((keyId) => verifier.isRateLimited(keyId));
  },
  idInMemory: async (presented) => (await opened).verifier.idInMemory(presented),
  report: async () => (await opened).report(),
  stopListening: async () => (await opened).stopListening(),
  drain: async (stragglersMs) => (await opened).drain(stragglersMs),
  close: async () => (await opened).close(),
};
serveCalls(data.calls, methods);
