/** The result of testing a credential, in words. */
import { classNames } from "../../controls/class-names.ts";
import { Icon } from "../../controls/icon.tsx";
import { type LimitState, limitSentence } from "../../words/limit.ts";
import { verdictWords } from "../../words/verdict.ts";

interface Tested {
  readonly valid: boolean;
  readonly code: string;
  readonly refusedFor: readonly string[];
  readonly isThisKey: boolean;
  readonly rateLimits: readonly LimitState[];
}

export function TestedVerdict({ tested: { valid, code, refusedFor, isThisKey, rateLimits } }: { tested: Tested }) {
  const { title, text, isKnown } = verdictWords(code, refusedFor);
  return (
    <div className={classNames("rounded-lg px-4 py-3", valid ? "bg-good-soft" : "bg-bad-soft")}>
      <p className={classNames("flex items-center gap-2 font-semibold", valid ? "text-good" : "text-bad")}>
        <Icon name={valid ? "check" : "close"} />
        {title}
      </p>
      <p className="mt-1">{text}</p>
      {isKnown && !isThisKey && <p className="mt-2 font-medium">This is another key of the organization, not the one on this page.</p>}
      {rateLimits.length > 0 && (
        <ul className="mt-2 list-disc pl-5 text-ink-soft">
          {rateLimits.map((limit) => (
            <li key={limit.name}>{limitSentence(limit)}</li>
          ))}
        </ul>
      )}
    </div>
  );
}
