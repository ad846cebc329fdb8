/** Which terminal waits, and the two ways to go on. */
import type { WaitingDevice } from "@keyward/sdk";
import { client } from "../../../app/client.ts";
import { FrontPage } from "../../../app/front-page.tsx";
import { useSession } from "../../../app/session.ts";
import { useAttempt } from "../../../app/use-attempt.ts";
import { Button } from "../../../controls/button.tsx";
import { Fact, Facts } from "../../../controls/facts.tsx";
import { Fault } from "../../../controls/states.tsx";

export function Decision({ code, device }: { code: string; device: WaitingDevice }) {
  const { user } = useSession();
  const { isBusy, error, result, attempt } = useAttempt(async (verb: "approve" | "refuse", signal) => {
    await client.deviceLogins[verb](code, { signal });
    return verb;
  });
  if (result === "approve")
    return (
      <FrontPage
        title="The terminal is signed in"
        text="You can close this page. Your account lists the session; end it there at any time."
      />
    );
  if (result === "refuse") return <FrontPage title="The terminal was refused" text="It gets nothing. You can close this page." />;
  return (
    <FrontPage
      title={`Let this terminal act as ${user?.name ?? "you"}?`}
      text="Only go on if you have just started this yourself. Whoever holds the terminal can do what you can do here, for 30 days."
    >
      <Facts>
        <Fact name="Terminal" wide>
          {device.client}
        </Fact>
        <Fact name="Address">{device.address}</Fact>
        <Fact name="Code">{code}</Fact>
      </Facts>
      {error !== undefined && <Fault error={error} />}
      <Button look="primary" className="w-full" busy={isBusy} onClick={() => attempt("approve")}>
        Let it in
      </Button>
      <Button className="w-full" busy={isBusy} onClick={() => attempt("refuse")}>
        Refuse
      </Button>
    </FrontPage>
  );
}
