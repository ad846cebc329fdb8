/**
 * The master secrets that a database has been used with. Its fact `secret` has one entry for each, `<number>:<check value>`, the current one
 * first. A number belongs to one secret for ever: digests and sealed keys begin with it. A database that has known one secret only has its
 * check value alone.
 */
interface KnownSecret {
  readonly id: number;
  /** See `checkOf`. */
  readonly check: string;
}

/** `replaces`: the secret that was current until now. `stored`: the new value of the fact. */
type Admission =
  | { readonly outcome: "refused" }
  | {
      readonly outcome: "admitted";
      readonly current: KnownSecret;
      readonly previous: KnownSecret | undefined;
      readonly replaces: KnownSecret | undefined;
      readonly stored: string;
    };

const FIRST = 1;

export function readKnownSecrets(stored: string): readonly KnownSecret[] {
  if (!stored.includes(":")) return [{ id: FIRST, check: stored }];
  return stored.split(" ").map((entry) => {
    const [id, check = ""] = entry.split(":");
    return { id: Number(id), check };
  });
}

/**
 * Whether a node with these secrets may use the database, and what the database knows afterwards. The current secret of the database must be
 * one of the two: keys under it are in use. If it is the previous one of the node, the node's own becomes current. A previous secret that
 * the database has never seen is learned: so several nodes can be told of a new secret before the first of them uses it.
 */
export function admitSecrets(stored: string, current: string, previous: string | undefined): Admission {
  const known = readKnownSecrets(stored);
  const before = known[0]?.check;
  if (before !== current && before !== previous) return { outcome: "refused" };
  const own = known.find(({ check }) => check === current) ?? { id: nextId(known), check: current };
  const learned = known.includes(own) ? known : [...known, own];
  const other =
    previous === undefined ? undefined : (learned.find(({ check }) => check === previous) ?? { id: nextId(learned), check: previous });
  const all = other === undefined || learned.includes(other) ? learned : [...learned, other];
  return {
    outcome: "admitted",
    current: own,
    previous: other,
    replaces: before === current ? undefined : known[0],
    stored: write([own, ...all.filter((each) => each !== own)]),
  };
}

function nextId(known: readonly KnownSecret[]): number {
  return Math.max(...known.map(({ id }) => id)) + 1;
}

function write(known: readonly KnownSecret[]): string {
  const [only] = known;
  if (known.length === 1 && only?.id === FIRST) return only.check;
  return known.map(({ id, check }) => `${id}:${check}`).join(" ");
}
