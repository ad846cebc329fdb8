/** Whether a secret that somebody chose could be guessed (docs/decisions/0013). */

/** How many guesses a chosen secret must withstand, as a power of ten. At ten thousand a second they take thirty years. */
const LEAST_GUESSES_LOG10 = 13;
/** How many characters one estimate looks at: its time grows faster than the length, and choosing a key takes no credential. */
const WINDOW = 24;
/** In how many ways signs and digits are read as letters (p4$$w0rd) at most: each way costs an estimate of its own. */
const MOST_SUBSTITUTIONS = 3;

type Estimate = (text: string) => { readonly guessesLog10: number };

let loading: Promise<Estimate> | undefined;

/**
 * True for common passwords, keyboard runs, sequences, repetitions and combinations of these, also after a prefix such as `pk_`. Judges the
 * first and the last 24 characters, and takes the stronger result. Loads its dictionary, about 10 MB, on the first call.
 */
export async function isEasyToGuess(key: string): Promise<boolean> {
  loading ??= load();
  const estimate = await loading;
  const parts = key.length <= WINDOW ? [key] : [key.slice(0, WINDOW), key.slice(-WINDOW)];
  return parts.every((part) => estimate(part).guessesLog10 < LEAST_GUESSES_LOG10);
}

/** @throws Error when the library was installed without the packages that only chosen keys need. */
async function load(): Promise<Estimate> {
  const [{ ZxcvbnFactory }, { adjacencyGraphs, dictionary }] = await Promise.all([
    import("@zxcvbn-ts/core"),
    import("@zxcvbn-ts/language-common"),
  ]).catch((cause: unknown) => {
    throw new Error("people can choose keys of their own only with: npm install @zxcvbn-ts/core @zxcvbn-ts/language-common", { cause });
  });
  const estimator = new ZxcvbnFactory({ dictionary, graphs: adjacencyGraphs, l33tMaxSubstitutions: MOST_SUBSTITUTIONS });
  return (text) => estimator.check(text);
}
