import { readFileSync } from "node:fs";
import { publint } from "publint";

const { messages } = await publint({ pack: { tarball: readFileSync("/tmp/wt/packages/dist/keyward-sdk.tgz") }, strict: true });
console.log(JSON.stringify(messages));
