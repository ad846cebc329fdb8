/** Notes a refused request for the owner of its key (docs/decisions/0034). What the client gets is the same for all. */
import type { BlockList } from "node:net";
import type { Ask } from "../engine/judge.ts";
import type { Keyward, PresentedKey, Verdict } from "../service/index.ts";
import type { Admission } from "./admit.ts";
import { addressOf } from "./client-address.ts";
import { originOf } from "./origin.ts";
import type { Client } from "./port.ts";
import { canonicalAddress } from "./trusted-proxies.ts";

type Refused = Parameters<Keyward["refusals"]["note"]>[0];
type RefusedOccasion = ReturnType<Parameters<Keyward["refusals"]["note"]>[1]>;

/** Where and how it was asked. */
interface Occasion {
  readonly surface: RefusedOccasion["surface"];
  readonly requestId: string;
  /** Undefined where a service asks, which is not the client. */
  readonly client: Client | undefined;
  readonly method?: string | undefined;
  readonly target?: string | undefined;
}

interface Noting {
  readonly service: Pick<Keyward, "refusals">;
  readonly trustedProxies: BlockList;
}

/** Does nothing for an admitted request. */
export function noteRefusal(noting: Noting, admission: Admission, ask: Ask | undefined, occasion: Occasion): void {
  if ("response" in admission) note(noting, admission.code, admission.verdict, ask, occasion);
}

/** The same for a verdict alone. */
export function noteVerdict(noting: Noting, verdict: Verdict, ask: Ask | undefined, occasion: Occasion): void {
  if (!verdict.valid) note(noting, verdict.code, verdict, ask, occasion);
}

/** Makes nothing where there is no room: a client that goes on over its limit costs no memory. */
function note(noting: Noting, reason: Refused["reason"], verdict: Refused["verdict"], ask: Ask | undefined, occasion: Occasion): void {
  if (!noting.service.refusals.passOver(verdict?.key)) noteOne(noting, { reason, verdict, ask }, occasion);
}

/** Not in the function above: a closure there would put its variables on the heap for every refusal. */
function noteOne({ service, trustedProxies }: Noting, refused: Refused, occasion: Occasion): void {
  const { client } = occasion;
  const isOfOrigin = refused.reason === "origin_not_allowed" && client !== undefined;
  const ask = isOfOrigin ? { ...refused.ask, origin: originOf(client.rawHeaders) } : refused.ask;
  service.refusals.note({ ...refused, ask }, () => toOccasion(occasion, trustedProxies));
}

/** For a request whose key has ended since it was admitted. Its response need not wait. */
export function noteEnded({ service, trustedProxies }: Noting, key: PresentedKey, ask: Ask | undefined, occasion: Occasion): void {
  // A connection that is gone has forgotten its peer.
  const known = toOccasion(occasion, trustedProxies);
  void service.refusals.noteEnded(key, ask, () => known);
}

function toOccasion({ client, ...occasion }: Occasion, trustedProxies: BlockList): RefusedOccasion {
  const { surface, requestId, method = null, target = null } = occasion;
  return { surface, requestId, method, target, address: client === undefined ? null : knownAddress(client, trustedProxies) };
}

/** Null for what is no address: the caller of verify may have written anything. */
function knownAddress(client: Client, trustedProxies: BlockList): string | null {
  const address = canonicalAddress(addressOf(client, trustedProxies));
  return /^[\da-f:.]{2,45}$/i.test(address) ? address : null;
}
