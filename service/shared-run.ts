/**
 * Shares runs between callers that each need one that begins after their call, such as a read that must not be older than the question. A call
 * during a run waits for the next one, with every other that comes until then: however many call, at most one run is under way.
 */
export function sharedRun<Result>(run: () => Promise<Result>): () => Promise<Result> {
  let current: Promise<Result> | undefined;
  let next: Promise<Result> | undefined;
  function begin(): Promise<Result> {
    const running = run();
    const ended = () => {
      if (current === running) current = undefined;
    };
    current = running;
    running.then(ended, ended);
    return running;
  }
  function beginNext(): Promise<Result> {
    next = undefined;
    return begin();
  }
  return () => {
    if (current === undefined) return begin();
    next ??= current.then(beginNext, beginNext);
    return next;
  };
}
