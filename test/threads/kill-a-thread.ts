/** Imported by a server of a test: on SIGUSR2 one of its serving threads throws what nobody catches. */
import { BroadcastChannel, isMainThread, workerData } from "node:worker_threads";

const channel = new BroadcastChannel("kill a thread");
channel.unref();
if (isMainThread) process.on("SIGUSR2", () => channel.postMessage("die"));
// The thread of the database has no data.
else if (workerData?.changes !== undefined)
  channel.onmessage = () => {
    throw new Error("the test wants it");
  };
