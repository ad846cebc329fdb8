/** The built dashboard, as it is read from disk when the server starts. */
import type { Encoding } from "./encoding.ts";

export interface Dashboard {
  readonly directory: string;
  /** `index.html` before and after the place where `<base>` belongs. */
  readonly page: readonly [string, string];
  /** By file name. Requests for anything else are refused: no client's path reaches the disk. */
  readonly assets: ReadonlyMap<string, Asset>;
}

export interface Asset {
  readonly type: string;
  /** The size in bytes of each encoding that exists. */
  readonly sizes: ReadonlyMap<Encoding, number>;
}
