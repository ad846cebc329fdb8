/** The length of a password in characters. */
export const PASSWORD_LENGTH = { minimum: 12, maximum: 128 } as const;
