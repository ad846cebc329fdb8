/** Who makes a change, when, and the id of its audit entry. */
export interface Change {
  readonly auditId: string;
  readonly actor: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** The request that asked for the change. */
  readonly requestId?: string | undefined;
  /** The key that asks for the change, if a key does. It must still be in force when the change is made. */
  readonly byKeyId?: string | undefined;
}
