/** Asks other threads about many things in one message: lists ask about each of their keys. */

/** `ask` gets everything that was asked in one turn of the event loop, and returns a value for each, in the same order. */
export function together<Value>(ask: (names: readonly string[]) => Promise<readonly Value[]>): (name: string) => Promise<Value> {
  let waiting: { readonly name: string; readonly resolve: (value: Value) => void; readonly reject: (error: unknown) => void }[] = [];
  const send = (): void => {
    const asked = waiting;
    waiting = [];
    ask(asked.map(({ name }) => name)).then(
      (values) => {
        for (const [at, { resolve }] of asked.entries()) resolve(values[at] as Value);
      },
      (error) => {
        for (const { reject } of asked) reject(error);
      },
    );
  };
  return (name) =>
    new Promise((resolve, reject) => {
      if (waiting.length === 0) setImmediate(send);
      waiting.push({ name, resolve, reject });
    });
}
