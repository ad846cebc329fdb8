/** A key that has just been made: its secret, or what can be done when the answer that had it was lost. */
import type { IssuedApiKey } from "@keyward/sdk";
import { type ReactNode, useEffect } from "react";
import { serverUrl } from "../../app/place.ts";
import { useRefreshKeys } from "../../app/refresh.ts";
import { usePlatform } from "../../app/session.ts";
import { ShownOnce } from "../../secrets/shown-once.tsx";
import { keySamples } from "../../words/samples.ts";
import { secretIn } from "../../words/secret.ts";
import { LostAnswer } from "./lost-answer.tsx";

export interface IssuedKeyProps {
  organizationId: string;
  issued: IssuedApiKey;
  onClose: () => void;
  children?: ReactNode;
}

/** The list is read again when this has gone, whichever way it went. */
export function IssuedKey({ organizationId, issued, onClose, children }: IssuedKeyProps) {
  const platform = usePlatform();
  const refresh = useRefreshKeys(organizationId);
  useEffect(() => () => void refresh(), [refresh]);
  const secret = secretIn(issued);
  if (secret === undefined) return <LostAnswer organizationId={organizationId} lost={issued} onClose={onClose} />;
  return (
    <ShownOnce
      title="Save your key"
      what="key"
      secret={secret}
      samples={keySamples(platform, secret, serverUrl)}
      isKept={platform.sealsKeys}
      onStored={onClose}
    >
      {children}
    </ShownOnce>
  );
}
