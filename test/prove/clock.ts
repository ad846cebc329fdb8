/** Loaded into a node before everything else: its wall clock can be moved by a message from its parent. */
let aheadMs = 0;
const own = Date.now;
Date.now = () => own() + aheadMs;
process.on("message", (message: { readonly aheadMs?: number }) => {
  aheadMs = message.aheadMs ?? aheadMs;
});
process.channel?.unref();
