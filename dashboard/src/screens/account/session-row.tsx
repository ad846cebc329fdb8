/** One session: which browser, from where, since when. */
import type { OwnSession } from "@keyward/sdk";
import { Badge } from "../../controls/badge.tsx";
import { Button } from "../../controls/button.tsx";
import { Cell } from "../../controls/table.tsx";
import { Time } from "../../controls/time.tsx";
import { Tooltip } from "../../controls/tooltip.tsx";
import { browserInWords } from "../../words/user-agent.ts";

export function SessionRow({ session, isBusy, onEnd }: { session: OwnSession; isBusy: boolean; onEnd: () => void }) {
  const { isCurrent, createdAt, ipAddress, userAgent } = session;
  const browser = browserInWords(userAgent);
  const address = ipAddress ?? "Unknown";
  return (
    <tr>
      <Cell>
        <span className="flex flex-wrap items-center gap-x-2 gap-y-1 font-medium">
          <Browser words={browser} userAgent={userAgent} />
          {isCurrent && <Badge tone="good">This session</Badge>}
        </span>
        <span className="block text-xs break-all text-ink-soft sm:hidden">{address}</span>
      </Cell>
      <Cell wide>{address}</Cell>
      <Cell>
        <Time at={createdAt} />
      </Cell>
      <Cell last>
        <Button
          look="quiet"
          className="max-sm:px-1.5"
          busy={isBusy}
          aria-label={isCurrent ? "Sign out here" : `End the session of ${browser}`}
          onClick={onEnd}
        >
          {isCurrent ? "Sign out" : "End"}
        </Button>
      </Cell>
    </tr>
  );
}

/** In words, with the whole User-Agent in the tooltip. */
function Browser({ words, userAgent }: { words: string; userAgent: string | null }) {
  if (userAgent === null) return words;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: the whole text must be within reach of the keyboard
    <Tooltip text={userAgent} trigger={<span tabIndex={0} className="rounded" />}>
      {words}
    </Tooltip>
  );
}
