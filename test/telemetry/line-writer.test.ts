/** Lines that nobody reads cost nothing but themselves. */
import { describe, expect, test, vi } from "vitest";
import { LineWriter, type Sink } from "../../telemetry/line-writer.ts";

/** A sink that takes what the test lets it. */
function sink() {
  const written: string[] = [];
  let pending: { bytes: Uint8Array; done: Parameters<Sink["write"]>[1] } | undefined;
  const taking: Sink & { take(bytes?: number): void; fail(code: string): void; readonly written: string[]; readonly isAsked: boolean } = {
    written,
    get isAsked() {
      return pending !== undefined;
    },
    write(bytes, done) {
      expect(pending, "one write at a time").toBeUndefined();
      pending = { bytes, done };
    },
    take(bytes) {
      const { bytes: all, done } = pending ?? expect.fail("nothing is written");
      pending = undefined;
      const taken = all.subarray(0, bytes ?? all.length);
      written.push(Buffer.from(taken).toString("latin1"));
      done(null, taken.length);
    },
    fail(code) {
      const { done } = pending ?? expect.fail("nothing is written");
      pending = undefined;
      done(Object.assign(new Error(code), { code }), 0);
    },
  };
  return taking;
}

const line = (name: string, length: number) => `${name.padEnd(length - 1, ".")}\n`;

test("lines that wait go out together, whole, in pieces that a pipe takes whole", () => {
  const out = sink();
  const writer = new LineWriter({ sink: out });
  writer.write("first\n");
  for (let number = 0; number < 50; number++) writer.write(line(`${number}`, 100));
  while (out.isAsked) out.take();
  expect(out.written[0]).toBe("first\n");
  expect(out.written.join("").split("\n").length).toBe(52);
  for (const piece of out.written) expect([piece.length <= 4_096, piece.endsWith("\n")]).toEqual([true, true]);
  expect(out.written.length).toBe(3);
  expect(writer.dropped).toBe(0);
});

test("what a sink takes in part is finished before anything else", () => {
  const out = sink();
  const writer = new LineWriter({ sink: out });
  writer.write("abcdef\n");
  writer.write("next\n");
  out.take(3);
  out.take();
  out.take();
  expect(out.written).toEqual(["abc", "def\n", "next\n"]);
});

describe("a reader that has stopped", () => {
  test("costs no more memory than was allowed, and every line that is dropped is counted", () => {
    const out = sink();
    const writer = new LineWriter({ sink: out, mostBytes: 1_000 });
    for (let number = 0; number < 1_000; number++) writer.write(line(`${number}`, 100));
    // One under way, and ten that wait.
    expect(writer.dropped).toBe(989);
    while (out.isAsked) out.take();
    expect(out.written.join("").split("\n").length - 1).toBe(11);
    writer.write("again\n");
    out.take();
    expect([out.written.at(-1), writer.dropped]).toEqual(["again\n", 989]);
  });

  test("is asked again while it says that it cannot take anything now", () => {
    vi.useFakeTimers({ toFake: ["setTimeout"] });
    try {
      const out = sink();
      const writer = new LineWriter({ sink: out, againMs: 20 });
      writer.write("late\n");
      out.fail("EAGAIN");
      expect(out.isAsked).toBe(false);
      vi.advanceTimersByTime(20);
      out.take();
      expect([out.written, writer.dropped]).toEqual([["late\n"], 0]);
    } finally {
      vi.useRealTimers();
    }
  });

  test("and has gone: every later line is dropped, and nothing is written any more", () => {
    const out = sink();
    const writer = new LineWriter({ sink: out });
    writer.write("one\n");
    writer.write("two\n");
    out.fail("EPIPE");
    writer.write("three\n");
    expect([out.isAsked, writer.dropped]).toEqual([false, 3]);
  });

  test("holds the end up for a second at most", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    try {
      const out = sink();
      const writer = new LineWriter({ sink: out });
      writer.write("one\n");
      let isClosed = false;
      const closing = writer.close().then(() => (isClosed = true));
      await vi.advanceTimersByTimeAsync(999);
      expect(isClosed).toBe(false);
      await vi.advanceTimersByTimeAsync(1);
      await closing;
      expect(writer.dropped).toBe(1);
    } finally {
      vi.useRealTimers();
    }
  });
});

test("the end waits for a reader that reads", async () => {
  const out = sink();
  const writer = new LineWriter({ sink: out });
  writer.write("one\n");
  writer.write("two\n");
  const closing = writer.close();
  out.take();
  out.take();
  await closing;
  expect([out.written.join(""), writer.dropped]).toEqual(["one\ntwo\n", 0]);
});

test("a line that no pipe takes whole is dropped, and the others are not held up", () => {
  const out = sink();
  const writer = new LineWriter({ sink: out });
  writer.write(line("long", 5_000));
  writer.write("short\n");
  out.take();
  expect([out.written, writer.dropped]).toEqual([["short\n"], 1]);
});

test("a disk that is full loses what it did not take, and is written to again", () => {
  const out = sink();
  const writer = new LineWriter({ sink: out });
  writer.write("lost\n");
  writer.write("kept\n");
  out.fail("ENOSPC");
  out.take();
  expect([out.written, writer.dropped, out.isAsked]).toEqual([["kept\n"], 1, false]);
});
