/** How long a password is. The server's own sentence names the bound that was missed; people who choose one are told both. */
export const PASSWORD_LENGTH = "A password has 12 to 128 characters.";
export const PASSWORD_HELP = "12 characters or more.";
