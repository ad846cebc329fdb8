/** Who changes something, when, and under which id the audit log has it. */
export interface Change {
  readonly auditId: string;
  readonly actor: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** The key that asks for the change, where a key does: it must still be in force when the change happens. */
  readonly byKeyId?: string | undefined;
}
