/** Editing a key: the form for a new key, filled with its settings. */
import type { ApiKey } from "@keyward/sdk";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { client } from "../../app/client.ts";
import { useRefresh } from "../../app/refresh.ts";
import { usePlatform } from "../../app/session.ts";
import { announce } from "../../controls/announcer.tsx";
import { Dialog } from "../../controls/dialog.tsx";
import { dateInWords } from "../../words/time.ts";
import { nameOf } from "../key-name.ts";
import { draftOf } from "./draft.ts";
import { useNoticeGone } from "./gone.ts";
import { KeyForm } from "./key-form.tsx";
import { changedSettings, type Settings } from "./settings.ts";

export function EditDialog({ organizationId, apiKey, onClose }: { organizationId: string; apiKey: ApiKey; onClose: () => void }) {
  const fields = usePlatform().dashboard.fields.filter((field) => field !== "environment");
  const [before] = useState(apiKey);
  const [draft, setDraft] = useState(() => draftOf(before));
  const { isPending, error, save } = useSaving(organizationId, before, onClose);
  return (
    <Dialog title={`Edit ${nameOf(before)}`} onClose={onClose}>
      <KeyForm
        {...{ draft, fields, error, onClose }}
        onChange={setDraft}
        kept={before.expiresAt === null ? "never" : dateInWords(new Date(before.expiresAt))}
        deed="Save"
        isBusy={isPending}
        onSubmit={() => save(changedSettings(before, draft, fields))}
      />
    </Dialog>
  );
}

function useSaving(organizationId: string, { id }: ApiKey, onClose: () => void) {
  const refresh = useRefresh("keys", organizationId);
  const noticeGone = useNoticeGone(organizationId);
  const { isPending, error, mutate } = useMutation({
    mutationFn: (changes: Settings) => client.keys.update(organizationId, id, changes),
    onSuccess: () => {
      announce("Saved");
      void refresh();
      onClose();
    },
    onError: (failure) => noticeGone(failure) && onClose(),
  });
  return { isPending, error, save: (changes: Settings) => (Object.keys(changes).length === 0 ? onClose() : mutate(changes)) };
}
