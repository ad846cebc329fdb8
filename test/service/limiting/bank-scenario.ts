/** What happens in a simulation of the bank: who asks for what, and what goes wrong. */
import type { Limits } from "../../../engine/api-key.ts";
import type { decide } from "../../../engine/bank/bank.ts";
import type { BankCounter } from "../../../service/limiting/bank-counter.ts";
import type { NewBankRow } from "../../../stores/bank-contract.ts";
import type { Faults } from "./faulty-bank.ts";

export interface CounterPlan {
  readonly limits: Partial<Limits>;
  /** Requests a second, over all nodes. */
  readonly perSecond: number;
  /** How long a request is under way, at most; absent: it holds no slot. */
  readonly holdMs?: number;
  /** Requests come for so long, then none do, and so on. */
  readonly burstMs?: number;
  /** Nobody keeps the counter in memory: it enters for each request, and leaves with it. */
  readonly isTransient?: true;
}

/** What a node does wrong on purpose, to see that the observer notices. */
export interface Sabotage {
  readonly decide?: (rule: typeof decide) => typeof decide;
  /** Called before each request, with the node's counter. */
  readonly beforeRequest?: (counter: BankCounter) => void;
  /** Called with rows whose writing was answered after the node had given up. */
  readonly lateAnswer?: (rows: readonly NewBankRow[], node: string, counterOf: (id: string) => BankCounter | undefined) => void;
}

export interface Scenario {
  readonly seed: number;
  readonly nodes: number;
  /** Of each node; 1 when absent. */
  readonly threads?: number;
  readonly durationMs: number;
  readonly counters: readonly CounterPlan[];
  readonly faults: Faults;
  /** How fast clocks may be wrong: 0.005 for half a percent. */
  readonly drift: number;
  /** Per minute of true time, on average. */
  readonly crashes?: number;
  readonly jumps?: number;
  readonly changes?: number;
  readonly tendMs?: number;
  readonly sabotage?: Sabotage;
}
