/** What the command line takes as an id, and what may be a credential and is refused without being repeated. */
import { expect, test } from "vitest";
import { typedId } from "../../cli/typed-id.ts";

test.each([
  ["a key's id", "key_01m7x4yn56vfnkq4925gf9a45e"],
  ["one in capitals", "key_01M7X4YN56VFNKQ4925GF9A45E"],
  ["one without its prefix", "01m7x4yn56vfnkq4925gf9a45e"],
  ["a UUID", "018f1f7d-8a3e-7c1b-9d2f-0123456789ab"],
  ["an organization's id", "org_01m7x4yn56vfnkq4925gf9a45e"],
  ["15 characters", "pk_my_custom_va"],
  ["nothing", ""],
])("%s is sent as it is", (_sentence, typed) => {
  expect(typedId(typed)).toBe(typed);
});

test.each([
  ["a key", `kw_live_${"a1B2".repeat(11)}`],
  ["a key pair", `pk_live_${"a".repeat(24)}:sk_live_${"b".repeat(24)}`],
  ["the shortest chosen key", "pk_my_custom_val"],
  ["a JWT", `eyJhbGciOiJFUzI1NiJ9.${"e".repeat(40)}.${"f".repeat(40)}`],
  ["a service token", `kws_${"a1B2".repeat(11)}`],
  ["an id with something on", "key_01m7x4yn56vfnkq4925gf9a45e?x=1"],
  ["an id that is too long", "key_01m7x4yn56vfnkq4925gf9a45ee"],
])("%s is refused, and not repeated", (_sentence, typed) => {
  expect(() => typedId(typed)).toThrow(/^this is not an id; nothing was sent$/);
});
