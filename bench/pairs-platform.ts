/** A platform whose every check is on the path of a request: pairs, origins, scopes and all three limits. */
import { BASE36, definePlatform, keyward } from "../platforms/index.ts";

const checksummed = { alphabet: BASE36, separator: "", checksumLength: 6 } as const;

export default definePlatform({
  ...keyward,
  name: "bench-pairs",
  title: "Bench",
  environments: ["live"],
  keyForm: {
    kind: "pair",
    publicKey: { ...checksummed, prefixes: { live: "pk_" }, randomLength: 26 },
    secretKey: { ...checksummed, prefixes: { live: "sk_" }, randomLength: 58 },
  },
  prefixOf: (pair) => pair.slice(0, pair.indexOf(":")),
});
