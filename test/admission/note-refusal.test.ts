/** Noting refusals: where there is no room for another one of a key, it is counted, and nothing is made for it. */
import { BlockList } from "node:net";
import { expect, test } from "vitest";
import type { Admission } from "../../admission/admit.ts";
import { noteRefusal } from "../../admission/note-refusal.ts";
import { problemResponse } from "../../admission/response.ts";
import { refuse } from "../../engine/errors.ts";
import { keyward } from "../../platforms/keyward.ts";
import { testService } from "../support/service.ts";

test("a key that is refused all the time is noted five times, and what comes then makes no object and is counted", async () => {
  const { service, newOrganization, newKey } = await testService();
  const organization = await newOrganization();
  const { id, key } = await newKey(organization);
  await service.keys.revoke(organization, id, "operator");
  const verdict = await service.verify(key);
  if (verdict.valid) throw new Error("it was revoked");
  let made = 0;
  const { refusals } = service;
  const note: typeof refusals.note = (...refused) => {
    made++;
    refusals.note(...refused);
  };
  const noting = { service: { refusals: { ...refusals, note } }, trustedProxies: new BlockList() };
  const response = problemResponse(keyward, refuse("invalid_credential", "No.").problem);
  const admission: Admission = { response, code: verdict.code, verdict };
  for (let turn = 0; turn < 100; turn++)
    noteRefusal(noting, admission, undefined, { surface: "whoami", requestId: "r", client: undefined });
  expect([made, service.statistics().droppedRefusals]).toEqual([5, 95]);
  const listed = await refusals.ofKey(organization, id);
  expect(listed.ok && listed.value.refusals.map(({ more }) => more)).toEqual([95, 0, 0, 0, 0]);
});
