/** The page that lets a terminal in: the person compares its code with the one that the terminal shows. */
import { useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { client } from "../../../app/client.ts";
import { FrontPage } from "../../../app/front-page.tsx";
import { useAttempt } from "../../../app/use-attempt.ts";
import { Button } from "../../../controls/button.tsx";
import { TextField } from "../../../controls/field.tsx";
import { Fault } from "../../../controls/states.tsx";
import { Decision } from "./decision.tsx";

export function DeviceScreen() {
  const { code = "" } = useSearch({ strict: false });
  const [typed, setTyped] = useState(code);
  const {
    isBusy,
    error,
    result: device,
    attempt,
  } = useAttempt((userCode: string, signal) => client.deviceLogins.read(userCode, { signal }));
  if (device !== undefined) return <Decision code={typed} device={device} />;
  return (
    <FrontPage title="Sign in on a terminal" text="Compare the code with the one that your terminal shows, or type it.">
      <form
        className="space-y-4"
        onSubmit={(event) => {
          event.preventDefault();
          attempt(typed);
        }}
      >
        <TextField label="Code" value={typed} autoComplete="off" spellCheck={false} onChange={(event) => setTyped(event.target.value)} />
        {error !== undefined && <Fault error={error} />}
        <Button type="submit" look="primary" className="w-full" busy={isBusy} disabled={typed.trim() === ""}>
          Continue
        </Button>
      </form>
    </FrontPage>
  );
}
