/** Keyward as a library with any number of keys in its cache, without a million creations and their fsyncs. */
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { NO_LIMITS } from "../engine/api-key.ts";
import { generateCredential } from "../engine/credential-form.ts";
import type { RandomBytes } from "../engine/key-format.ts";
import { keyward as platform } from "../platforms/keyward.ts";
import { type Keyward, keyward } from "../service/index.ts";
import type { FindCredentialResult, Store } from "../stores/contract.ts";
import { openJournal } from "../stores/sqlite/journal.ts";

const CREATED_AT = Date.UTC(2026, 0, 1);
const KEYS_PER_ORGANIZATION = 10;
/** About as many as one second fills: use is flushed as often here as it would be. */
const FLUSH_EVERY = 50_000;

/** The key with this number: always the same well-formed string, in one flat piece as a header's value is. */
export function keyNumber(index: number): string {
  return Buffer.from(generateCredential(platform.keyForm, "live", fastBytes(index)).presented, "latin1").toString("latin1");
}

/**
 * A service whose store knows every key and writes nothing, with the keys from 0 up in its cache, each verified once and flushed.
 * The records come as they do from the database's thread, as a structured clone: every string of them is its own.
 */
export async function serviceWithCachedKeys(size: number, requestsPerMinute: number | null): Promise<Keyward> {
  let filled = 0;
  const store: Partial<Store> = {
    settle: async (_name, value) => value,
    recordUse: async () => undefined,
    prune: async () => undefined,
    findKeyByDigest: async () => structuredClone(recordNumber(filled++, requestsPerMinute)),
  };
  // As a server has it: what is admitted goes into files within milliseconds.
  const journal = openJournal(mkdtempSync(join(tmpdir(), "keyward-bench-")));
  const service = await keyward({
    platform,
    store: store as Store,
    journal,
    secret: "a secret that only the benchmark has",
    cachedKeys: size,
  });
  for (let index = 0; index < size; index++) {
    const { valid } = await service.verify(keyNumber(index));
    if (!valid) throw new Error(`key ${index} was refused`);
    if (index % FLUSH_EVERY === FLUSH_EVERY - 1) await service.flush();
  }
  await service.flush();
  return service;
}

function recordNumber(index: number, requestsPerMinute: number | null): FindCredentialResult {
  const id = `key_${idText(index)}`;
  return {
    outcome: "found",
    key: {
      id,
      organizationId: `org_${idText(Math.floor(index / KEYS_PER_ORGANIZATION))}`,
      name: "production-backend",
      environment: "live",
      prefix: "kw_live_0123",
      publicKey: null,
      domains: [],
      resources: null,
      scopes: ["agents:read", "agents:write"],
      limits: { ...NO_LIMITS, requestsPerMinute },
      enabled: true,
      createdAt: CREATED_AT,
      updatedAt: CREATED_AT,
      expiresAt: null,
      revokedAt: null,
      lastUsedAt: null,
      counterId: id,
      predecessorId: null,
      successorId: null,
    },
    digest: "",
    organization: { plan: "unlimited", overrides: {} },
    counter: undefined,
  };
}

/** As long as a ULID. */
const idText = (index: number): string => `01k${index.toString(32).padStart(23, "0")}`;

/** Bytes that look random and follow from a number (mulberry32). */
function fastBytes(seed: number): RandomBytes {
  let state = seed;
  return (length) => {
    const bytes = new Uint8Array(length);
    for (let at = 0; at < length; at++) {
      state = (state + 0x6d2b79f5) | 0;
      let mixed = Math.imul(state ^ (state >>> 15), state | 1);
      mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
      bytes[at] = (mixed ^ (mixed >>> 14)) & 0xff;
    }
    return bytes;
  };
}
