/** The page of an organization's keys: the list, and the dialogs that open from it. */
import type { ApiKey } from "@keyward/sdk";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { lazy, Suspense, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useMay, usePlatform } from "../../app/session.ts";
import { Button } from "../../controls/button.tsx";
import { Icon } from "../../controls/icon.tsx";
import { Card, Page } from "../../controls/page.tsx";
import type { KeyDialog } from "../../keys/dialogs/key-dialog.ts";
import { NO_FORM } from "../../keys/dialogs/prefill.ts";
import { TITLES } from "../../words/titles.ts";
import { KeyList } from "./key-list.tsx";
import { KeysToolbar } from "./keys-toolbar.tsx";
import type { KeysSearch } from "./search.ts";

const KeyDialogs = lazy(() => import("../../keys/dialogs/key-dialogs.tsx").then((module) => ({ default: module.KeyDialogs })));
const route = getRouteApi("/signed-in/org/$organizationId/settings/api-keys");

export function KeysScreen() {
  const { organizationId } = route.useParams();
  const search = route.useSearch();
  const navigate = useNavigate({ from: "/org/$organizationId/settings/api-keys" });
  const platform = usePlatform();
  const mayChange = useMay(organizationId)("keys");
  const [dialog, setDialog] = useState<KeyDialog>();
  const input = useRef<HTMLInputElement>(null);

  const change = useCallback(
    (changes: Partial<KeysSearch>) => void navigate({ search: (before) => ({ ...before, ...changes }), replace: true }),
    [navigate],
  );
  const opened: KeyDialog | undefined = search.create === true && mayChange ? { kind: "create" } : dialog;
  const create = useCallback(() => setDialog({ kind: "create" }), []);
  const close = () => {
    setDialog(undefined);
    if (search.create === true) change(NO_FORM);
  };
  useShortcuts(useMemo(() => ({ "/": () => input.current?.focus(), ...(mayChange && { c: create }) }), [mayChange, create]));

  const createButton = mayChange ? (
    <Button look="primary" aria-keyshortcuts="c" onClick={create}>
      <Icon name="plus" />
      {platform.dashboard.words.create}
    </Button>
  ) : undefined;

  return (
    <Page
      title={TITLES.keys}
      text={`Keys let your programs call the ${platform.title} API. Treat them as secrets, and use one for each environment and application.`}
      actions={
        mayChange && (
          <>
            {platform.claimsKeys && <Button onClick={() => setDialog({ kind: "claim" })}>Link existing key</Button>}
            {createButton}
          </>
        )
      }
    >
      <Card flush>
        <KeysToolbar {...{ organizationId, search, input }} onChange={change} onKey={(key) => change(searchFor(key))} />
        <KeyList {...{ organizationId, search, change, mayChange, createButton, open: setDialog }} />
      </Card>
      {opened !== undefined && (
        <Suspense>
          <KeyDialogs organizationId={organizationId} dialog={opened} prefill={search} onClose={close} />
        </Suspense>
      )}
    </Page>
  );
}

/** The search that shows only this key. */
function searchFor({ id, status }: ApiKey): Partial<KeysSearch> {
  return { search: id, status: status === "revoked" ? status : undefined, environment: undefined };
}

/** Single keys of the keyboard that do something while nobody is typing and no dialog or menu is open. */
function useShortcuts(shortcuts: Readonly<Record<string, () => void>>): void {
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const run = shortcuts[event.key];
      if (run === undefined || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || isBusy(event.target)) return;
      event.preventDefault();
      run();
    };
    document.addEventListener("keydown", press);
    return () => document.removeEventListener("keydown", press);
  }, [shortcuts]);
}

function isBusy(target: EventTarget | null): boolean {
  if (document.querySelector('[role="dialog"], [role="menu"]') !== null) return true;
  return target instanceof HTMLElement && (target.isContentEditable || target.matches("input, select, textarea"));
}
