/** How one node wakes the others. It makes things fast, and nothing may depend on it: a wakeup can be lost, late, or without a cause. */

/** What a wakeup is about: the change feed has a new row; a node has acknowledged or left; a node recalls its grants of a limit. */
export type WakeupTopic = "feed" | "acknowledgement" | "recall";

export interface Wakeups {
  /**
   * Calls `run` for each wakeup, and after every reconnection, when some may have been missed. `payload` says more, and is empty after a
   * reconnection. The returned function ends that.
   */
  subscribe(topic: WakeupTopic, run: (payload: string) => void): () => void;
  /** False while no wakeup arrives, because the connection is lost or a pooler stands in between: whoever waits must look more often. */
  isWorking(): boolean;
}
