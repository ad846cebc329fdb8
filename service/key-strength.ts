/** Whether a key that somebody chose could be guessed (docs/decisions/0013). */

/** Guesses that a chosen key must withstand, as a power of ten: at ten thousand a second they take thirty years. */
const LEAST_GUESSES_LOG10 = 13;
/** Characters that one estimate looks at: its time grows faster than the length, and whoever brings a key needs no credential. */
const WINDOW = 24;
/** Letters read as signs or digits (p4$$w0rd) in so many ways at most: each way costs an estimate of its own. */
const MOST_SUBSTITUTIONS = 3;

type Estimate = (text: string) => { readonly guessesLog10: number };

let loading: Promise<Estimate> | undefined;

/**
 * True for common passwords, keyboard runs, sequences, repetitions and what consists of these, also behind a prefix such as `pk_`.
 * Looks at the first and the last 24 characters, and takes the word of the stronger. Loads its dictionary, about 10 MB, when it is
 * called for the first time.
 */
export async function isEasyToGuess(key: string): Promise<boolean> {
  loading ??= load();
  const estimate = await loading;
  const parts = key.length <= WINDOW ? [key] : [key.slice(0, WINDOW), key.slice(-WINDOW)];
  return parts.every((part) => estimate(part).guessesLog10 < LEAST_GUESSES_LOG10);
}

async function load(): Promise<Estimate> {
  const [{ ZxcvbnFactory }, { adjacencyGraphs, dictionary }] = await Promise.all([
    import("@zxcvbn-ts/core"),
    import("@zxcvbn-ts/language-common"),
  ]);
  const estimator = new ZxcvbnFactory({ dictionary, graphs: adjacencyGraphs, l33tMaxSubstitutions: MOST_SUBSTITUTIONS });
  return (text) => estimator.check(text);
}
