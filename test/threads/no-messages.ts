/** Imported by a server of a test: no message about a change arrives by itself in its serving threads. A request must fetch it. */
import { isMainThread, workerData } from "node:worker_threads";

if (!isMainThread && workerData?.changes !== undefined) {
  const { port } = workerData.changes;
  port.on = () => port;
}
