/** The names of the pages: in the navigation, as headings, and in links. */
export const TITLES = {
  keys: "API Keys",
  members: "Members",
  plan: "Plan and limits",
  auditLog: "Audit log",
  general: "General",
  organizations: "Organizations",
  serviceTokens: "Service tokens",
  nodes: "Nodes",
  account: "Account",
} as const;
