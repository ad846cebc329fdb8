/** Events, newest first: a sentence, the time, and collapsed details. */
import { usePlatform } from "../app/session.ts";
import { type Detail, Details } from "../controls/details.tsx";
import { Time } from "../controls/time.tsx";
import { KeyLink } from "../keys/key-link.tsx";
import { type AuditEvent, auditDetails, auditSentence } from "../words/audit.ts";
import { planTitle } from "../words/plan.ts";
import { useMemberNames } from "./member-names.ts";

interface LoggedEvent extends AuditEvent {
  readonly id: string;
  readonly at: string;
  readonly requestId: string | null;
}

interface AuditEventsProps {
  organizationId: string;
  events: readonly LoggedEvent[];
  /** The id of the key that the page is about: events of it need no link to it. */
  ofKey?: string;
}

export function AuditEvents({ organizationId, events, ofKey }: AuditEventsProps) {
  const members = useMemberNames(organizationId);
  const { plans } = usePlatform();
  const nameOf = (userId: string) => members.find(({ id }) => id === userId)?.name;
  return (
    <ol className="divide-y divide-line border-t border-line">
      {events.map((event) => (
        <li key={event.id} className="px-4 py-2.5 sm:px-5">
          <div className="flex flex-wrap items-baseline justify-between gap-x-4">
            <p className="min-w-0 break-words">
              {auditSentence(event, {
                nameOf,
                planTitle: (plan) => planTitle(plans, plan),
                ...(event.subjectId === ofKey && { theKey: "this API key" }),
              })}{" "}
              {event.action.startsWith("key.") && ofKey === undefined && <KeyLink {...{ organizationId }} keyId={event.subjectId} />}
            </p>
            <span className="text-xs text-ink-soft">
              <Time at={event.at} />
            </span>
          </div>
          <Details rows={detailsOf(event)} />
        </li>
      ))}
    </ol>
  );
}

function detailsOf({ id, actor, action, subjectId, details, requestId }: LoggedEvent): readonly Detail[] {
  return [
    { name: "action", text: action },
    { name: "by", text: `${actor.kind} ${actor.id}` },
    { name: "about", text: subjectId },
    ...auditDetails(details),
    ...(requestId === null ? [] : [{ name: "request", text: requestId }]),
    { name: "event", text: id },
  ];
}
