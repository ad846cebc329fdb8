/** What memory knows of keys and the store does not, in whichever thread of the process it is. */

/** A result is a promise only where other threads must be asked. */
export interface KeyMemory {
  /** The last use of a key as far as memory knows, in milliseconds since the epoch; 0 when it knows of none. */
  lastUseOf(keyId: string): number | Promise<number>;
  /** Whether no request with this key would be admitted now because of a limit. False for a key that is not in memory. */
  isRateLimited(keyId: string): boolean | Promise<boolean>;
  /** The id of the key that this credential proves, when memory has it: presented whole, or the public half of a pair alone. */
  idInMemory(presented: string): string | undefined | Promise<string | undefined>;
}

/** What this thread's memory knows, and what the other threads' does. */
export function memoryOfAll(own: KeyMemory, others: KeyMemory): KeyMemory {
  return {
    lastUseOf: async (keyId) => Math.max(await own.lastUseOf(keyId), await others.lastUseOf(keyId)),
    isRateLimited: async (keyId) => (await own.isRateLimited(keyId)) || others.isRateLimited(keyId),
    idInMemory: async (presented) => (await own.idInMemory(presented)) ?? others.idInMemory(presented),
  };
}
