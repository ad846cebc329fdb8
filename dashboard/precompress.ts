/** Compressed copies beside the texts of a build, as small as they get: made once, sent often. */
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";

const TEXT = /\.(?:js|css|svg|json|txt|webmanifest)$/;

/** Writes `<file>.br` and `<file>.gz` where that is smaller. `index.html` has none: it is completed when it is sent. */
export async function precompress(directory: string): Promise<void> {
  const files = (await readdir(directory, { recursive: true })).filter((file) => TEXT.test(file));
  await Promise.all(files.map((file) => compress(join(directory, file))));
}

async function compress(file: string): Promise<void> {
  const content = await readFile(file);
  const brotli = await promisify(brotliCompress)(content, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: content.length } });
  if (brotli.length < content.length) await writeFile(`${file}.br`, brotli);
  const gzipped = await promisify(gzip)(content, { level: constants.Z_BEST_COMPRESSION });
  if (gzipped.length < content.length) await writeFile(`${file}.gz`, gzipped);
}
