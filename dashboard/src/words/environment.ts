/** Names of the environments. */
export const ENVIRONMENT_TITLES = { live: "Live", test: "Test" } as const;
