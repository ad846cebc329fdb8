/**
 * What an agent can do: a few tools of the management API. Nothing that proves a key ever reaches the agent, neither in a result nor in an
 * error; what destroys or replaces a key asks for its name, so that a mistaken id ends nothing.
 */
import { z } from "zod";
import type { ApiKey, KeywardClient } from "../../sdk/index.ts";
import { EXIT, Failure } from "../failure.ts";
import { organizationOf } from "../key-by-id.ts";
import { typedId } from "../typed-id.ts";
import { issueToFile, withoutSecrets } from "./issue.ts";

const MOST_LISTED = 100;

/** Where a tool acts. */
export interface Surroundings {
  readonly client: KeywardClient;
  /** The directory for new secrets. */
  readonly secrets: string;
}

/** One tool, as the protocol describes it, and what it does. */
export interface Tool<Input extends z.ZodObject = z.ZodObject> {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly input: Input;
  /** `reads` changes nothing. `destroys` ends what somebody may be using. */
  readonly effect: "reads" | "adds" | "destroys";
  run(input: z.output<Input>, at: Surroundings): Promise<object>;
}

const tool = <Input extends z.ZodObject>(declared: Tool<Input>): Tool => declared as unknown as Tool;

const organizationId = z.string().describe("The id of an organization, such as org_01m7x4yn56vfnkq4925gf9a45e");
const keyId = z.string().describe("The id of a key, such as key_01m7x4yn56vfnkq4925gf9a45e; never the key itself");
const confirmName = z
  .string()
  .describe("The exact name of that key, to confirm that it is the one that is meant; its id if it has no name");
const limit = z.number().int().min(1).optional();
const limits = z.object({ requestsPerMinute: limit, requestsPerDay: limit, concurrentRequests: limit });

const ISSUED =
  "The secret is written to a new file that only its owner can read; the result has the path. Never read that file into a conversation.";

export const TOOLS: readonly Tool[] = [
  tool({
    name: "list_organizations",
    title: "List organizations",
    description: "The organizations that own keys, newest first. Only for the operator; others know their organization's id.",
    effect: "reads",
    input: z.object({ cursor: z.string().optional().describe("`nextCursor` of the page before") }),
    run: ({ cursor }, { client }) => client.organizations.list({ limit: MOST_LISTED, ...(cursor !== undefined && { cursor }) }),
  }),
  tool({
    name: "list_keys",
    title: "List API keys",
    description: "The API keys of an organization, newest first, without their secrets: name, status, scopes, expiry, last use.",
    effect: "reads",
    input: z.object({
      organizationId,
      search: z.string().min(1).optional().describe("Part of the name, the id or the prefix"),
      activeOnly: z.boolean().optional().describe("Leave out revoked and expired keys"),
      cursor: z.string().optional().describe("`nextCursor` of the page before"),
    }),
    async run({ organizationId: id, search, activeOnly, cursor }, { client }) {
      const page = await client.keys.list(typedId(id), {
        limit: MOST_LISTED,
        ...(search !== undefined && { search }),
        ...(activeOnly === true && { active: "true" }),
        ...(cursor !== undefined && { cursor }),
      });
      return { ...page, data: page.data.map(withoutSecrets) };
    },
  }),
  tool({
    name: "get_key",
    title: "Look at an API key",
    description: "The record of one key without its secret, the state of its limits now, and its requests of the last days by outcome.",
    effect: "reads",
    input: z.object({ keyId }),
    async run({ keyId: id }, { client: { keys } }) {
      const key = await keys.find(typedId(id));
      if (key.organizationId === null) return { key: withoutSecrets(key) };
      const [current, usage] = await Promise.all([keys.limits(key.organizationId, key.id), keys.usage(key.organizationId, key.id)]);
      return { key: withoutSecrets(key), limits: current, usage };
    },
  }),
  tool({
    name: "list_changes",
    title: "Read the audit log",
    description: "Who changed what in an organization, newest first.",
    effect: "reads",
    input: z.object({
      organizationId,
      subjectId: z.string().optional().describe("Only changes of this key, member or invitation"),
      cursor: z.string().optional().describe("`nextCursor` of the page before"),
    }),
    run: ({ organizationId: id, subjectId, cursor }, { client: { audit } }) =>
      audit.list(typedId(id), {
        limit: MOST_LISTED,
        ...(subjectId !== undefined && { subjectId: typedId(subjectId) }),
        ...(cursor !== undefined && { cursor }),
      }),
  }),
  tool({
    name: "create_key",
    title: "Create an API key",
    description: `Creates an API key for an organization. ${ISSUED}`,
    effect: "adds",
    input: z.object({
      organizationId,
      name: z.string().min(1).describe("What people call it"),
      environment: z.enum(["live", "test"]).optional().describe("Default: the platform's first one"),
      scopes: z.array(z.string()).optional().describe("What it may do"),
      expiresIn: z.string().optional().describe("How long it works: a number of s, m, h or d, such as 90d"),
      domains: z.array(z.string()).optional().describe("The websites that may use it, on platforms that have them"),
      limits: limits.optional().describe("Limits of this key's own, beside the plan's"),
    }),
    run: ({ organizationId: id, limits: own, ...settings }, { client, secrets }) => {
      const body = { ...present(settings), ...(own !== undefined && { limits: present(own) }) };
      return issueToFile(client, secrets, () => client.keys.create(typedId(id), body));
    },
  }),
  tool({
    name: "rotate_key",
    title: "Rotate an API key",
    description: `Gives a key a successor. Both work until the overlap ends; with an overlap of 0s the old key ends at once. ${ISSUED}`,
    effect: "destroys",
    input: z.object({
      keyId,
      confirmName,
      overlap: z.string().optional().describe("How long the old key goes on working: 0s to 30d, default 24h"),
    }),
    async run({ keyId: id, confirmName: name, overlap }, { client, secrets }) {
      const key = await confirmed(client, id, name);
      return issueToFile(client, secrets, () => client.keys.rotate(organizationOf(key), key.id, present({ overlap })));
    },
  }),
  tool({
    name: "set_key_enabled",
    title: "Disable or enable an API key",
    description: "Refuses a key until it is enabled again, or accepts a disabled key again.",
    effect: "destroys",
    input: z.object({ keyId, confirmName, enabled: z.boolean() }),
    async run({ keyId: id, confirmName: name, enabled }, { client }) {
      const key = await confirmed(client, id, name);
      return { key: withoutSecrets(await client.keys.update(organizationOf(key), key.id, { enabled })) };
    },
  }),
  tool({
    name: "revoke_key",
    title: "Revoke an API key",
    description: "Refuses a key for good, from now on. It cannot be undone.",
    effect: "destroys",
    input: z.object({ keyId, confirmName }),
    async run({ keyId: id, confirmName: name }, { client }) {
      const key = await confirmed(client, id, name);
      await client.keys.revoke(organizationOf(key), key.id);
      return { key: withoutSecrets(await client.keys.get(organizationOf(key), key.id)) };
    },
  }),
];

/** The key with this id, if that is its name. @throws Failure, with nothing changed */
async function confirmed({ keys }: KeywardClient, id: string, name: string): Promise<ApiKey> {
  const key = await keys.find(typedId(id));
  if (name === (key.name ?? key.id)) return key;
  // Without the right name: whoever has only guessed the id must look at the key first.
  throw new Failure(`${key.id} has another name than the one in confirmName; nothing was changed`, {
    exitCode: EXIT.usage,
    next: "look at the key with get_key, and ask the person who wants this whether it is the one",
  });
}

/** The members that have a value. */
function present<Given extends object>(given: Given): { [Name in keyof Given]?: Exclude<Given[Name], undefined> } {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as {
    [Name in keyof Given]?: Exclude<Given[Name], undefined>;
  };
}
