/** Declares one guarantee: the sentence is its name. */
export type Guarantee = (sentence: string, run: () => Promise<void>) => void;
