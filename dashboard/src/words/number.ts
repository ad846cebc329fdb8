/** Numbers as people read them. */
const whole = new Intl.NumberFormat("en");
const compact = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });

/** 12,345 */
export function wholeNumber(value: number): string {
  return whole.format(value);
}

/** 12.3K */
export function shortNumber(value: number): string {
  return compact.format(value);
}

/** "1 key", "3 keys" */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${whole.format(count)} ${count === 1 ? one : many}`;
}

/** A limit: a number, or none. */
export function limitInWords(limit: number | null): string {
  return limit === null ? "No limit" : whole.format(limit);
}
