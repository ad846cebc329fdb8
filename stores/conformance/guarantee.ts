/** Declares one guarantee. The sentence is its name. */
export type Guarantee = (sentence: string, run: () => Promise<void>) => void;
