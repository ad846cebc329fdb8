/** A server with keys under load, measured by what a request costs it: other programs on the machine change that least. */
import { cpuSeconds } from "./cpu.ts";
import { type KeyedServer, serverWithKeys } from "./keyed-server.ts";
import { type StartedContestant, startContestant } from "./processes.ts";
import type { Contestant } from "./rounds.ts";

interface KeyedContestant extends Contestant {
  readonly server: KeyedServer;
  /** Requests for each second of the CPU of the server, its threads together: one figure for each slice but the first. */
  readonly perCpuSecond: number[];
}

/** @param clientCount programs that ask, each with connections of its own */
export async function keyedContestant(env: Readonly<Record<string, string>>, clientCount = 1): Promise<KeyedContestant> {
  const server = await serverWithKeys(env);
  const clients: StartedContestant[] = [];
  for (let client = 0; client < clientCount; client++) clients.push(await startContestant("load-client.ts", server.load));
  const perCpuSecond: number[] = [];
  let isWarm = false;
  return {
    server,
    perCpuSecond,
    async slice(milliseconds: number) {
      const before = cpuSeconds(server.child.pid);
      const slices = await Promise.all(clients.map((client) => client.ask({ milliseconds })));
      const done = slices.reduce((sum, slice) => sum + (slice.done ?? 0), 0);
      if (isWarm) perCpuSecond.push(done / (cpuSeconds(server.child.pid) - before));
      isWarm = true;
      return done / Math.max(...slices.map(({ seconds = Number.NaN }) => seconds));
    },
  };
}
