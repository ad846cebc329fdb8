/** A strict reader of Prometheus' text format (version 0.0.4): whatever the format does not allow is an error. */

interface ReadSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

interface ReadFamily {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly samples: ReadSample[];
}

const LINE =
  /^([a-zA-Z_:][\w:]*)(?:\{((?:[a-zA-Z_]\w*="(?:[^"\\\n]|\\["\\n])*",?)*)\})? (-?(?:\d+(?:\.\d+)?(?:e[+-]?\d+)?)|\+Inf|-Inf|NaN)$/;
const LABEL = /([a-zA-Z_]\w*)="((?:[^"\\\n]|\\["\\n])*)"/g;
const SUFFIXES: Readonly<Record<string, readonly string[]>> = {
  counter: [""],
  gauge: [""],
  histogram: ["_bucket", "_sum", "_count"],
  summary: ["", "_sum", "_count"],
};

const numberOf = (text: string): number => (text === "+Inf" ? Number.POSITIVE_INFINITY : Number(text));

/** @throws Error that names the line */
export function readExposition(text: string): Map<string, ReadFamily> {
  if (!text.endsWith("\n")) throw new Error("the last line does not end");
  const families = new Map<string, ReadFamily>();
  const seen = new Set<string>();
  let help = { name: "", sentence: "" };
  for (const line of text.split("\n").filter((each) => each !== "")) {
    const [, helped, sentence = ""] = /^# HELP (\S+) (\S.*)$/.exec(line) ?? [];
    const [, typed, type = ""] = /^# TYPE (\S+) (\S+)$/.exec(line) ?? [];
    if (helped !== undefined) help = { name: helped, sentence };
    else if (typed === undefined) addSample(line, families.get(help.name), seen);
    else if (typed !== help.name || families.has(typed) || !(type in SUFFIXES)) throw new Error(`no type of a new family: ${line}`);
    else families.set(typed, { name: typed, help: help.sentence, type, samples: [] });
  }
  for (const family of families.values()) if (family.type === "histogram") checkHistogram(family);
  return families;
}

function addSample(line: string, family: ReadFamily | undefined, seen: Set<string>): void {
  const fail = (what: string): never => {
    throw new Error(`${what}: ${line}`);
  };
  const [, name = "", labelText = "", value = ""] = LINE.exec(line) ?? fail("no sample");
  const owner =
    family !== undefined && SUFFIXES[family.type]?.some((suffix) => name === family.name + suffix) ? family : fail("of another family");
  const pairs = [...labelText.matchAll(LABEL)].map(([, label = "", labelled = ""]) => [label, labelled]);
  const labels = Object.fromEntries(pairs);
  if (Object.keys(labels).length !== pairs.length) fail("a label twice");
  const series = `${name} ${JSON.stringify(pairs.toSorted())}`;
  if (seen.has(series)) fail("a series twice");
  seen.add(series);
  owner.samples.push({ name, labels, value: numberOf(value) });
}

/** Buckets are cumulative and in order, the last is `+Inf` and equals the count, and nothing is missing. */
function checkHistogram({ name, samples }: ReadFamily): void {
  const series = Map.groupBy(samples, ({ labels: { le: _bound, ...rest } }) => JSON.stringify(rest));
  for (const [labels, of] of series) {
    const ending = (suffix: string) => of.filter((sample) => sample.name === name + suffix);
    const [buckets, [sum], [count]] = [ending("_bucket"), ending("_sum"), ending("_count")];
    const bounds = buckets.map(({ labels: { le = "" } }) => numberOf(le));
    const counts = buckets.map(({ value }) => value);
    const grows = (values: readonly number[], least: number) => values.every((value, at) => value - (values[at - 1] ?? -1) >= least);
    if (!grows(bounds, Number.EPSILON) || bounds.at(-1) !== Number.POSITIVE_INFINITY)
      throw new Error(`bounds of ${name}${labels}: ${bounds}`);
    if (!grows(counts, 0) || counts.at(-1) !== count?.value) throw new Error(`buckets of ${name}${labels}: ${counts} of ${count?.value}`);
    if (sum === undefined || !(sum.value >= 0)) throw new Error(`the sum of ${name}${labels} is ${sum?.value}`);
  }
}

/** The sum of all samples that have these labels. */
export function sampleOf(families: ReadonlyMap<string, ReadFamily>, name: string, labels: Readonly<Record<string, string>> = {}): number {
  const family = families.get(name) ?? families.get(name.replace(/_(?:bucket|sum|count)$/, ""));
  const samples = (family?.samples ?? []).filter(
    (sample) => sample.name === name && Object.entries(labels).every(([label, value]) => sample.labels[label] === value),
  );
  if (samples.length === 0) throw new Error(`there is no ${name}${JSON.stringify(labels)}`);
  return samples.reduce((sum, { value }) => sum + value, 0);
}
