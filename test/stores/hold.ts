/**
 * `hold.ts DIRECTORY`: opens the store in a process of its own, says `open`, and makes keys for as long as it lives; each id is
 * said once the store has resolved. Where the store cannot be opened, says why on standard error and ends with 1.
 */
import { NO_LIMITS } from "../../engine/api-key.ts";
import { openSqlite } from "../../stores/sqlite/open.ts";

const NOW = Date.UTC(2027, 0, 15, 12);
const opened = await openSqlite({ directory: process.argv[2] ?? "" }).catch((error: Error) => {
  console.error(error.message);
  process.exit(1);
});
const { store } = opened;
const change = (auditId: string) => ({ auditId, actor: "holder", at: NOW });
const organization = { id: "org_held", name: "Held", plan: "any", overrides: {}, createdAt: NOW, updatedAt: NOW };
if ((await store.findOrganization(organization.id)) === undefined) await store.createOrganization(organization, change("aud_org"));
console.log("open");

for (let number = 0; ; number++) {
  const id = `key_${process.pid}_${number}`;
  await store.createKey(
    {
      key: {
        id,
        organizationId: organization.id,
        name: "held",
        environment: "live",
        prefix: "kw_live_1234",
        publicKey: null,
        domains: [],
        resources: null,
        scopes: [],
        limits: NO_LIMITS,
        enabled: true,
        createdAt: NOW,
        updatedAt: NOW,
        expiresAt: null,
        revokedAt: null,
        lastUsedAt: null,
        counterId: id,
        predecessorId: null,
        successorId: null,
      },
      digest: `digest of ${id}`,
      keysByPlan: { any: null },
      sealed: undefined,
      idempotency: undefined,
    },
    change(`aud_${id}`),
  );
  console.log(id);
}
