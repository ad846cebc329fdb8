/** A store whose calls are observed: how long each takes, and whether it fails. The same for both databases. */
import type { BankStore } from "./bank-contract.ts";
import type { Store } from "./contract.ts";
import type { NodeStore } from "./node-contract.ts";
import type { OpenStore } from "./open-store.ts";

/**
 * `lookup`: a credential that is not in memory. `use`: usage and counters, about once a second. `bank`: limits that nodes share. `node`: leases and
 * the change feed.
 */
export const STORE_OPERATIONS = ["lookup", "read", "write", "use", "bank", "node", "upkeep"] as const;
type StoreOperation = (typeof STORE_OPERATIONS)[number];

interface StoreObserver {
  /** Called when a call begins. Runs it, and returns what it returns. `name` is that of the method, `values` are its arguments. */
  observe<Value>(operation: number, name: string, values: readonly unknown[], run: () => Promise<Value>): Promise<Value>;
}

const OF_STORE: Readonly<Record<keyof Store, StoreOperation>> = {
  createKey: "write",
  findKey: "read",
  findKeyOfAny: "read",
  findKeyByDigest: "lookup",
  findKeyByPublicKey: "lookup",
  listKeys: "read",
  countKeys: "read",
  countListed: "read",
  isDomainAllowed: "read",
  updateKey: "write",
  revokeKey: "write",
  claimKey: "write",
  showSealedKey: "write",
  rotateKey: "write",
  createOrganization: "write",
  findOrganization: "read",
  listOrganizations: "read",
  updateOrganization: "write",
  createServiceToken: "write",
  findServiceTokenByDigest: "lookup",
  listServiceTokens: "read",
  revokeServiceToken: "write",
  hasUsers: "read",
  ensureUser: "write",
  addPerson: "write",
  findSession: "read",
  listSessions: "read",
  endSession: "write",
  endSessionsOf: "write",
  offerOperatorToken: "write",
  withdrawOperatorToken: "write",
  isOperatorToken: "read",
  offerOperatorCode: "write",
  takeOperatorCode: "write",
  roleOf: "read",
  organizationsOf: "read",
  ensureOrganization: "write",
  listMembers: "read",
  changeMember: "write",
  createInvitation: "write",
  listInvitations: "read",
  findInvitationByDigest: "read",
  revokeInvitation: "write",
  acceptInvitation: "write",
  beginDeviceLogin: "write",
  findDeviceLogin: "read",
  settleDeviceLogin: "write",
  takeDeviceLogin: "write",
  recordUse: "use",
  recordRefusals: "use",
  listRefusals: "read",
  listRefusalsOfKey: "read",
  findRefusals: "read",
  findCounter: "read",
  usageOf: "read",
  usageByDay: "read",
  usageReport: "read",
  resettle: "write",
  moveDigests: "write",
  listSealed: "read",
  reseal: "write",
  countUnder: "read",
  listUnder: "read",
  listAudit: "read",
  outlineAudit: "read",
  changesAfter: "node",
  settle: "write",
  prune: "upkeep",
  ping: "read",
};

const OF_BANK: Readonly<Record<Exclude<keyof BankStore, "hearNodes">, StoreOperation>> = {
  readBank: "bank",
  writeBank: "bank",
  correctBankClock: "bank",
  pruneBank: "upkeep",
  tellNodes: "bank",
};

const OF_NODES: Readonly<Record<Exclude<keyof NodeStore, "wakeups">, StoreOperation>> = {
  join: "node",
  renew: "node",
  acknowledge: "node",
  standing: "node",
  evict: "node",
  leave: "node",
  list: "read",
  changesAfter: "node",
};

/** Everything else of the open store is passed on as it is. */
export function observeStore(opened: OpenStore, observer: StoreObserver): OpenStore {
  return {
    ...opened,
    store: observeMethods(opened.store, observer),
    bank: opened.bank && observed(opened.bank, OF_BANK, observer),
    nodes: opened.nodes && observed(opened.nodes, OF_NODES, observer),
  };
}

/** The store alone, as another thread has it. */
export function observeMethods(store: Store, observer: StoreObserver): Store {
  return observed(store, OF_STORE, observer);
}

function observed<Methods extends object>(
  methods: Methods,
  operations: Readonly<Record<string, StoreOperation>>,
  observer: StoreObserver,
): Methods {
  const wrapped = Object.entries(methods).map(([name, run]) => {
    const operation = Object.hasOwn(operations, name) ? STORE_OPERATIONS.indexOf(operations[name] as StoreOperation) : -1;
    if (operation < 0) return [name, run];
    return [name, (...values: unknown[]) => observer.observe(operation, name, values, () => run.apply(methods, values))];
  });
  // With its symbols, one of which says that other processes share the database.
  return Object.assign({ ...methods }, Object.fromEntries(wrapped));
}
