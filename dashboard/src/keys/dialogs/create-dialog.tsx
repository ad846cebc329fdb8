/** Creating a key: a short form, then the key. */
import { defaultParseSearch, defaultStringifySearch } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { client } from "../../app/client.ts";
import { returnTo } from "../../app/place.ts";
import { usePlatform } from "../../app/session.ts";
import { Dialog } from "../../controls/dialog.tsx";
import { withoutSecrets } from "../secret-pattern.ts";
import { type Draft, type Environment, newDraft, prefillOf } from "./draft.ts";
import { IssuedKey } from "./issued-key.tsx";
import { useIssuing } from "./issuing.ts";
import { KeyForm } from "./key-form.tsx";
import { NO_FORM, type Prefill } from "./prefill.ts";
import { newSettings, type Settings } from "./settings.ts";

export function CreateDialog({ organizationId, prefill, onClose }: { organizationId: string; prefill: Prefill; onClose: () => void }) {
  const { environments, dashboard, sealsKeys, scopes } = usePlatform();
  const environment = environments[0] ?? "live";
  const [draft, setDraft] = useState(() => newDraft(prefill, environment, Date.now()));
  const { isBusy, error, issued, issue } = useIssuing((settings: Settings, idempotencyKey) =>
    client.keys.create(organizationId, settings, { idempotencyKey }),
  );
  useReturnToForm(organizationId, draft, environment);
  if (issued !== undefined) return <IssuedKey organizationId={organizationId} issued={issued} onClose={onClose} />;
  const fields = dashboard.fields.filter((field) => field !== "environment" || environments.length > 1);
  const close = () => !isBusy && onClose();
  return (
    <Dialog
      title={dashboard.words.create}
      description={sealsKeys ? undefined : "The key is shown once, right after it is created."}
      onClose={close}
    >
      <KeyForm
        {...{ draft, fields, isBusy, error }}
        needsScopes={scopes !== null}
        onChange={setDraft}
        deed="Create"
        onSubmit={() => issue(newSettings(draft, fields))}
        onClose={close}
      />
    </Dialog>
  );
}

/** If the person must sign in again, the form and the list behind it are restored. */
function useReturnToForm(organizationId: string, draft: Draft, environment: Environment): void {
  const platform = usePlatform();
  useEffect(() => {
    const place = () => {
      const ofList = { ...defaultParseSearch(window.location.search), ...NO_FORM };
      const search = defaultStringifySearch({
        ...ofList,
        create: true,
        ...withoutSecrets(prefillOf(draft, environment, Date.now()), platform),
      });
      return `/org/${encodeURIComponent(organizationId)}/settings/api-keys${search}`;
    };
    return returnTo(place);
  }, [organizationId, draft, environment, platform]);
}
