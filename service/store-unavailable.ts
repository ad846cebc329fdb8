/** The failure that every operation may throw, in a file of its own: code that only recognises it loads no operations. */
export { StoreUnavailable } from "../stores/contract.ts";
