/** Text of a request, made fit to be kept and shown: short, printable, and without secrets. */

/** What stands for a secret. */
const CUT = "[cut]";

/** Makes a function that shortens a text to so many characters. `secret` finds secrets anywhere in a text. */
export function harmlessText(secret: RegExp): (text: string, maximum: number) => string {
  const everySecret = new RegExp(secret.source, "g");
  return (text, maximum) => {
    const shown = text
      .slice(0, 4 * maximum)
      .replace(/[^\x20-\x7e]/g, "?")
      .replace(everySecret, CUT);
    // Encoded letters can hide another secret, beside one in plain letters too: then nothing of the text is kept.
    const plain = percentDecoded(shown);
    return plain === undefined || secret.test(plain) ? CUT : shown.slice(0, maximum);
  };
}

/** Each proxy may encode what it passes on. */
const MOST_ENCODINGS = 5;

/** The printable letters of a text, decoded as often as they are encoded. Undefined where that is so often that somebody hides something. */
export function percentDecoded(text: string): string | undefined {
  let plain = text;
  for (let times = 0; times < MOST_ENCODINGS; times++) {
    const encoded = plain;
    plain = encoded.replace(/%([2-7][0-9a-f])/gi, (_whole, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
    if (plain === encoded) return plain;
  }
  return undefined;
}
