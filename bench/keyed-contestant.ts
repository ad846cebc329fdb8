/** A server with keys under load, measured by what a request costs it: other programs on the machine change that least. */
import { cpuSeconds } from "./cpu.ts";
import { type KeyedServer, serverWithKeys } from "./keyed-server.ts";
import type { LoadOptions } from "./load-client.ts";
import { type StartedContestant, startContestant } from "./processes.ts";
import type { Contestant } from "./rounds.ts";

interface LoadedContestant extends Contestant {
  /** Requests for each second of the CPU of the server, its threads together: one figure for each slice but the first. */
  readonly perCpuSecond: number[];
}

interface KeyedContestant extends LoadedContestant {
  readonly server: KeyedServer;
}

/** @param clientCount programs that ask, each with connections of its own */
export async function keyedContestant(env: Readonly<Record<string, string>>, clientCount = 1): Promise<KeyedContestant> {
  const server = await serverWithKeys(env);
  return { server, ...(await loadedContestant(server.child.pid, server.load, clientCount)) };
}

/** The same of any server. */
export async function loadedContestant(pid: number | undefined, load: LoadOptions, clientCount = 1): Promise<LoadedContestant> {
  const clients: StartedContestant[] = [];
  for (let client = 0; client < clientCount; client++) clients.push(await startContestant("load-client.ts", load));
  const perCpuSecond: number[] = [];
  let isWarm = false;
  return {
    perCpuSecond,
    async slice(milliseconds: number) {
      const before = cpuSeconds(pid);
      const slices = await Promise.all(clients.map((client) => client.ask({ milliseconds })));
      const done = slices.reduce((sum, slice) => sum + (slice.done ?? 0), 0);
      if (isWarm) perCpuSecond.push(done / (cpuSeconds(pid) - before));
      isWarm = true;
      return done / Math.max(...slices.map(({ seconds = Number.NaN }) => seconds));
    },
  };
}
