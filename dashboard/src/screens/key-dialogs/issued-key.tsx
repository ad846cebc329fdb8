/** A key that has just been made: its secret, or what can be done when the answer that had it was lost. */
import type { IssuedApiKey } from "@keyward/sdk";
import { type ReactNode, useEffect } from "react";
import { serverUrl } from "../../app/place.ts";
import { usePlatform } from "../../app/session.ts";
import { useRefreshKeys } from "../keys/refresh.ts";
import { keySamples } from "../shown-once/samples.ts";
import { secretIn } from "../shown-once/secret.ts";
import { ShownOnce } from "../shown-once/shown-once.tsx";
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
