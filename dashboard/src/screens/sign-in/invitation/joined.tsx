/** After joining: reads the session again and goes to the organization's keys. */
import { useNavigate } from "@tanstack/react-router";
import { useEffect } from "react";
import { FrontPage } from "../../../app/front-page.tsx";
import { useEntering } from "../../../app/session-change.ts";
import { useAttempt } from "../../../app/use-attempt.ts";
import { Button } from "../../../controls/button.tsx";
import { Fault } from "../../../controls/states.tsx";
import { forgetToken } from "./invitation-token.ts";

export function Joined({ organizationId }: { organizationId: string }) {
  const enter = useEntering();
  const navigate = useNavigate();
  const { isBusy, error, attempt } = useAttempt(async () => {
    forgetToken();
    await enter();
    await navigate({ to: "/org/$organizationId/settings/api-keys", params: { organizationId }, search: {}, replace: true });
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: once, when the page is shown
  useEffect(() => attempt(), []);
  return (
    <FrontPage title="You have joined" text="One moment, your page is loading.">
      {error !== undefined && (
        <>
          <Fault error={error} />
          <Button busy={isBusy} onClick={() => attempt()}>
            Try again
          </Button>
        </>
      )}
    </FrontPage>
  );
}
