/** Whether a master secret was chosen by hand rather than made at random. */

/** A generated secret of 32 hexadecimal digits has about 120 by this estimate; of 600,000 none had less than 87. */
const LEAST_BITS = 80;
/** A part this long that stood earlier in the text is a repetition, not a coincidence. */
const SHORTEST_REPETITION = 4;
/** The estimate takes time that grows with the square of the length. */
const MOST_CHARACTERS = 1_000;
/** Words of placeholders. They add nothing that would have to be guessed. */
const PLACEHOLDERS =
  /keyward|secret|master|change|please|replace|example|sample|default|password|passphrase|production|development|test|dummy|qwerty|asdfgh|zxcvbn|admin|insecure/gi;

/**
 * True for a text that is easier to guess than a random one of its length: few different characters, repetitions, sequences such as `abc` and
 * `321`, words of placeholders. An estimate without a dictionary: a sentence in any language passes.
 */
export function isWeakSecret(text: string): boolean {
  return guessBits(text.slice(0, MOST_CHARACTERS).replace(PLACEHOLDERS, "")) < LEAST_BITS;
}

/** Reads from left to right. A repetition costs its position, the continuation of a sequence one bit, and any other character a choice among those of the text. */
function guessBits(text: string): number {
  const choice = Math.log2(Math.max(2, new Set(text).size));
  let bits = 0;
  for (let at = 0; at < text.length; ) {
    const repeated = repetitionAt(text, at);
    if (repeated >= SHORTEST_REPETITION) {
      bits += Math.log2(at) + 1;
      at += repeated;
    } else bits += continuesSequence(text, at++) ? 1 : choice;
  }
  return bits;
}

/** How many characters from here on also begin at an earlier position. */
function repetitionAt(text: string, at: number): number {
  let longest = 0;
  for (let from = 0; from < at; from++) {
    let length = 0;
    while (at + length < text.length && text[from + length] === text[at + length]) length++;
    longest = Math.max(longest, length);
  }
  return longest;
}

function continuesSequence(text: string, at: number): boolean {
  if (at < 2) return false;
  const step = text.charCodeAt(at) - text.charCodeAt(at - 1);
  return Math.abs(step) <= 1 && step === text.charCodeAt(at - 1) - text.charCodeAt(at - 2);
}
