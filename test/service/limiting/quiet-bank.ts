/** Nodes that share limits through a database that loses nothing and is nearly as fast as they are, in a world whose time passes when it is told to. */
import { Clocks } from "../../../service/clocks.ts";
import { BankLimiter } from "../../../service/limiting/bank-limiter.ts";
import type { BankStore } from "../../../stores/bank-contract.ts";
import { FaultyBank } from "./faulty-bank.ts";
import { TrueTime } from "./true-time.ts";

type Options = ConstructorParameters<typeof BankLimiter>[0];

export function quietBank() {
  const time = new TrueTime();
  const bank = new FaultyBank(time, () => 0.5, { delayMs: 3, loss: 0, duplicate: 0 });
  const clocks = new Clocks(() => 1.7e12 + time.now, { id: "one", now: () => time.now });
  const store = (): BankStore => bank.storeFor({ isAlive: () => true, readAt: () => undefined, late: () => undefined });
  return {
    time,
    clocks,
    store,
    /** The limiter of a node with this name. */
    limiter: (node: string, more: Pick<Options, "isAwake" | "tills"> = {}): BankLimiter =>
      new BankLimiter({ bank: store(), clocks, after: (milliseconds, run) => time.after(milliseconds, run), node, ...more }),
    /** Lets so many milliseconds pass, and returns what was asked for before. */
    async pass<Result>(milliseconds: number, asked?: Result | Promise<Result>): Promise<Awaited<Result>> {
      // What was queued before is an event of the world only after a turn.
      time.after(0, () => true);
      await time.runUntil(time.now + milliseconds);
      return (await asked) as Awaited<Result>;
    },
  };
}
