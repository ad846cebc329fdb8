import { publint } from "publint"; import { readFileSync } from "node:fs";
      const { messages } = await publint({ pack: { tarball: readFileSync("/tmp/wt/fast/dist/keyward-sdk.tgz") }, strict: true });
      console.log(JSON.stringify(messages));