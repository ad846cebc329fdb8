/** A run that is shared begins after the call of everybody who shares it. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { sharedRun } from "../../service/shared-run.ts";

/** Runs are numbered, and end when the test says so. */
function world() {
  const ends: { resolve: (run: number) => void; reject: (error: Error) => void }[] = [];
  const run = sharedRun(() => {
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    ends.push({ resolve, reject });
    return promise;
  });
  return { run, ends };
}
const later = () => new Promise((done) => setImmediate(done));

test("calls during a run share the next one", async () => {
  const { run, ends } = world();
  const calls = [run(), run(), run()];
  expect(ends).toHaveLength(1);
  ends[0]?.resolve(0);
  await later();
  expect(ends).toHaveLength(2);
  ends[1]?.resolve(1);
  expect(await Promise.all(calls)).toEqual([0, 1, 1]);
});

test("a run that fails fails for those who share it, and not for the next", async () => {
  const { run, ends } = world();
  const calls = [run(), run()];
  ends[0]?.reject(new Error("gone"));
  await expect(calls[0]).rejects.toThrow("gone");
  await later();
  ends[1]?.resolve(1);
  expect(await calls[1]).toBe(1);
});

test("drawn calls and ends: nobody gets a run that began before the call, and never are two under way", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.constantFrom("call", "end", "turn"), { maxLength: 60 }), async (steps) => {
      const { run, ends } = world();
      const checks: Promise<void>[] = [];
      let ended = 0;
      const call = () => {
        const begun = ends.length;
        checks.push(run().then((got) => expect(got).toBeGreaterThanOrEqual(begun)));
      };
      const end = () => ends[ended]?.resolve(ended++);
      for (const step of steps) {
        if (step === "call") call();
        else if (step === "end") end();
        else await later();
        expect(ends.length - ended).toBeLessThanOrEqual(1);
      }
      for (let turn = 0; turn < 3; turn++) {
        end();
        await later();
      }
      await Promise.all(checks);
    }),
  );
});
