/** Why a database is not opened, in one sentence for the operator. */
export class OpeningRefused extends Error {
  override readonly name = "OpeningRefused";
}
