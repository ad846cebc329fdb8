/** The audit log as a table, over a real socket: sent slice by slice, and never a part that looks like the whole. */
import { get, type IncomingMessage } from "node:http";
import { connect } from "node:net";
import { expect, test } from "vitest";
import { type Store, StoreUnavailable } from "../../../stores/contract.ts";
import { inProcess } from "../in-process.ts";

const ROWS = 420;

/** An organization with a long log, at a store whose slices can be counted, held and broken. */
async function scene() {
  const seen = { slices: 0, most: 0 };
  let failsAt = Number.POSITIVE_INFINITY;
  let held = Promise.resolve();
  const wrap = (store: Store): Store => ({
    ...store,
    listAudit: async (...asked) => {
      seen.slices++;
      seen.most = Math.max(seen.most, asked[1].limit);
      if (seen.slices >= failsAt) throw new StoreUnavailable("gone");
      if (seen.slices > 1) await held;
      return store.listAudit(...asked);
    },
  });
  const system = await inProcess({ wrap });
  const id = await system.newOrganization();
  for (let at = 1; at <= ROWS; at++)
    await system.store.updateOrganization(
      id,
      { name: `n${at}` },
      { auditId: `evt_${String(at).padStart(26, "0")}`, actor: "operator", at },
    );
  const path = `/keyward/v1/organizations/${id}/audit.csv?action=organization.updated`;
  const failAt = (slice: number) => {
    failsAt = slice;
  };
  const hold = () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    held = promise;
    return resolve;
  };
  return { ...system, seen, path, failAt, hold };
}

/** All that comes over a connection until the server ends it. */
function bytesUntilEnd(url: string, token: string): Promise<string> {
  const { hostname, port, pathname, search } = new URL(url);
  return new Promise((ended) => {
    let received = "";
    const socket = connect(Number(port), hostname, () =>
      socket.write(`GET ${pathname}${search} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer ${token}\r\n\r\n`),
    );
    socket.on("data", (bytes) => {
      received += bytes;
    });
    socket.on("error", () => undefined).on("close", () => ended(received));
  });
}

test("each call of the store carries 100 rows at most, and the table is whole", async () => {
  const { request, seen, path } = await scene();
  const { status, text } = await request("GET", path);
  const rows = text.trimEnd().split("\r\n").slice(1);
  expect([status, rows.length, new Set(rows).size]).toEqual([200, ROWS, ROWS]);
  expect(seen).toEqual({ slices: 5, most: 100 });
});

test("where the first slice cannot be read, the store is not available", async () => {
  const { request, path, failAt } = await scene();
  failAt(1);
  expect(await request("GET", path)).toMatchObject({ status: 503, json: { code: "store_unavailable" } });
});

test.each([2, 3, 5])(
  "where slice %i cannot be read, no part of the table looks like the whole, and the failure is logged",
  async (slice) => {
    const { url, operatorToken, path, failAt, logged } = await scene();
    failAt(slice);
    const received = await bytesUntilEnd(url + path, operatorToken);
    // A whole response over HTTP/1.1 ends with an empty chunk.
    expect(received.startsWith("HTTP/1.1 200 ") && received.endsWith("0\r\n\r\n")).toBe(false);
    expect(received).not.toContain("gone");
    expect(logged).toEqual([expect.objectContaining({ message: "the store or the platform's identity is not available" })]);
  },
);

test("a client that goes away ends the reading", async () => {
  const { url, operatorToken, request, seen, path, hold } = await scene();
  const release = hold();
  const response = await new Promise<IncomingMessage>((begun) =>
    get(url + path, { headers: { authorization: `Bearer ${operatorToken}` } }, begun),
  );
  await new Promise((first) => response.once("data", first));
  response.destroy();
  // The server hears of it before it hears of what comes later.
  await request("GET", "/keyward/health");
  release();
  for (let turn = 0; turn < 20; turn++) await request("GET", "/keyward/health");
  expect(seen.slices).toBeLessThanOrEqual(3);
});
