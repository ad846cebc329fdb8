/** Text of a request, made fit to be kept and shown: short, printable, and without secrets. */

/** What stands for a secret. */
const CUT = "[cut]";

/** Makes a function that shortens a text to so many characters. `secret` finds secrets anywhere in a text. */
export function harmlessText(secret: RegExp): (text: string, maximum: number) => string {
  const everySecret = new RegExp(secret.source, "g");
  return (text, maximum) => {
    const printable = text.slice(0, 4 * maximum).replace(/[^\x20-\x7e]/g, "?");
    const decoded = percentDecoded(printable);
    // Encoded letters could hide a secret: then nothing of the text is kept but its beginning.
    if (decoded !== printable && secret.test(decoded) && !secret.test(printable)) return CUT;
    return printable.replace(everySecret, CUT).slice(0, maximum);
  };
}

/** Twice, because a proxy may have encoded it again. */
function percentDecoded(text: string): string {
  const once = (encoded: string) =>
    encoded.replace(/%([2-7][0-9a-f])/gi, (_whole, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
  return once(once(text));
}
