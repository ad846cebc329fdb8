/** What the programs are given, and how they take what comes back. */
export interface Server {
  readonly url: string;
  readonly operatorToken: string;
}

/** The body of a success. @throws Error with the status of anything else. */
export function succeeded<Data>(answer: { readonly data?: Data; readonly response: Response }): Data {
  if (answer.data === undefined) throw new Error(`the server said ${answer.response.status}`);
  return answer.data;
}
