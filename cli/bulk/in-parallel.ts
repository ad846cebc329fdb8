/** Does something for each of many, a few at a time. */

interface Work<Item> {
  readonly items: readonly Item[];
  readonly atOnce: number;
  /** Asked before each item; true ends the work, once what is under way is done. */
  readonly isStopped?: () => boolean;
  run(item: Item): Promise<void>;
}

/** Resolves when all are done. After the first failure nothing new is begun; it is thrown when what is under way has ended. */
export async function inParallel<Item>({ items, atOnce, isStopped = () => false, run }: Work<Item>): Promise<void> {
  const queue = items.values();
  const failures: unknown[] = [];
  const worker = async () => {
    for (const item of queue) {
      await run(item).catch((error: unknown) => void failures.push(error));
      if (failures.length > 0 || isStopped()) return;
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  if (failures.length > 0) throw failures[0];
}
