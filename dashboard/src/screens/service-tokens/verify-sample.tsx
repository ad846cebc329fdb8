/** What a service token is for. */
import { serverUrl } from "../../app/place.ts";
import { CopyButton } from "../../controls/copy-button.tsx";
import { Card } from "../../controls/page.tsx";

/** The secrets come from the environment: what stands on a command line is in the history of the shell. */
const COMMAND = `curl -X POST '${serverUrl}/keyward/v1/verify' \\
  -H "Authorization: Bearer $KEYWARD_TOKEN" \\
  -H 'Content-Type: application/json' \\
  -d "{\\"key\\": \\"$API_KEY\\"}"`;

export function VerifySample() {
  return (
    <Card
      title="Verify a key"
      text="The answer says valid or not, and why not; whose key it is, and what is left of its limits."
      actions={<CopyButton text={COMMAND} what="Command" />}
    >
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be within reach of the keyboard */}
      <pre tabIndex={0} className="overflow-x-auto rounded-lg bg-sunken p-3 font-mono text-xs">
        {COMMAND}
      </pre>
    </Card>
  );
}
