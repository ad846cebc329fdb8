#!/usr/bin/env node
// The command `keyward` of the published package. Every Node can read this file.
const NEEDED = 24;
if (Number(process.versions.node.split(".")[0]) < NEEDED) {
  console.error(`keyward: needs Node.js ${NEEDED} or newer; this is ${process.version}`);
  process.exit(1);
}
await import("../cli/main.js");
