/** The channels of NOTIFY. They belong to one database of the server. */
import type { WakeupTopic } from "../wakeups.ts";

export const CHANNELS: Readonly<Record<WakeupTopic, string>> = {
  feed: "keyward_feed",
  acknowledgement: "keyward_acknowledgement",
  recall: "keyward_recall",
};
/** For a node's question whether its own connection hears anything. */
export const ECHO = "keyward_echo";
