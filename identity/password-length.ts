/** How many characters a password may have. */
export const PASSWORD_LENGTH = { minimum: 12, maximum: 128 } as const;
