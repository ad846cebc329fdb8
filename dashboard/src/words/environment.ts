/** What people call the environments. */
export const ENVIRONMENT_TITLES = { live: "Live", test: "Test" } as const;
