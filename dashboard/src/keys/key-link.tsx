/** A link to the page of a key, within text. */
import { Link } from "@tanstack/react-router";

export function KeyLink({ organizationId, keyId }: { organizationId: string; keyId: string }) {
  return (
    <Link
      to="/org/$organizationId/settings/api-keys/$keyId"
      params={{ organizationId, keyId }}
      className="font-mono text-xs break-all text-accent underline underline-offset-2"
    >
      {keyId}
    </Link>
  );
}
