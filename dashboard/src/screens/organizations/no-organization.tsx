/** The page of a person who belongs to no organization. */
import { useQueryClient } from "@tanstack/react-query";
import { useRouter } from "@tanstack/react-router";
import { sessionQuery } from "../../app/session.ts";
import { useAttempt } from "../../app/use-attempt.ts";
import { Button } from "../../controls/button.tsx";
import { Page } from "../../controls/page.tsx";
import { Blank, Fault } from "../../controls/states.tsx";
import { TITLES } from "../../words/titles.ts";

export function NoOrganization() {
  const cache = useQueryClient();
  const router = useRouter();
  const { isBusy, error, attempt } = useAttempt(async () => {
    await cache.fetchQuery({ ...sessionQuery, staleTime: 0 });
    // If there is an organization now, this address redirects to it.
    await router.invalidate();
  });
  return (
    <Page title={TITLES.keys}>
      <Blank
        icon="building"
        title="You belong to no organization"
        text="Keys belong to organizations. Ask an owner or admin to invite you, then open the link you are given."
      >
        <Button busy={isBusy} onClick={() => attempt()}>
          Check again
        </Button>
      </Blank>
      {error !== undefined && <Fault error={error} />}
    </Page>
  );
}
