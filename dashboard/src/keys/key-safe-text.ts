/** A search input in which somebody may paste a key: the key is looked up with a POST, and never becomes part of an address. */
import { type ApiKey, KeywardError, type PlatformDescription } from "@keyward/sdk";
import { type ChangeEvent, useRef, useState } from "react";
import { client, noticeSignedOut } from "../app/client.ts";
import { usePlatform } from "../app/session.ts";
import { announce } from "../controls/announcer.tsx";
import { useTypedText } from "../controls/use-typed-text.ts";
import { isNotFound, sentenceOf } from "../words/failure.ts";
import { nameOf } from "./key-name.ts";
import { findSecret, mayBeChosenKey } from "./secret-pattern.ts";

interface KeySafeText {
  organizationId: string;
  /** What is being searched for now. */
  asked: string;
  /** Called with a text without a key, when typing pauses. */
  onText: (text: string) => void;
  /** Called with the key of this organization that was pasted. */
  onKey: (key: ApiKey) => void;
  pauseMs: number;
}

/** `note` says what happened to a pasted key; undefined when there is nothing to say. */
export function useKeySafeText({ organizationId, asked, onText, onKey, pauseMs }: KeySafeText) {
  const platform = usePlatform();
  const [note, setNote] = useState<string>();
  const wasPasted = useRef(false);
  const attempt = useRef(0);

  const find = async (key: string, otherwise?: () => void) => {
    const current = attempt.current;
    const finding = await findPasted(organizationId, key, platform);
    if (current !== attempt.current) return;
    if (finding.found !== undefined) {
      announce(`Found: ${nameOf(finding.found)}`);
      onKey(finding.found);
    } else if (finding.isNobodys && otherwise !== undefined) otherwise();
    else setNote(finding.note);
  };

  const [text, setText] = useTypedText(
    asked,
    (typed) => {
      const key = findSecret(typed, platform);
      if (key !== undefined) {
        setText("");
        void find(key);
      } else if (wasPasted.current && mayBeChosenKey(typed, platform)) void find(typed, () => onText(typed));
      else onText(typed);
    },
    pauseMs,
  );

  const change = (typed: string) => {
    attempt.current++;
    setNote(undefined);
    setText(typed);
  };
  const onChange = ({ target: { value }, nativeEvent }: ChangeEvent<HTMLInputElement>) => {
    const { inputType } = nativeEvent as InputEvent;
    wasPasted.current = inputType === "insertFromPaste" || inputType === "insertFromDrop" || (wasPasted.current && value !== "");
    change(value);
  };
  return { text, note, onChange, clear: () => change("") };
}

type Finding = { readonly found: ApiKey } | { readonly found: undefined; readonly isNobodys: boolean; readonly note: string };

/** Calls the client itself, because the query cache would keep the key. `note` never contains what was pasted. */
async function findPasted(organizationId: string, key: string, { claimsKeys }: PlatformDescription): Promise<Finding> {
  try {
    return { found: await client.keys.findByKey(organizationId, key) };
  } catch (error) {
    noticeSignedOut(error);
    if (isNotFound(error)) return { found: undefined, isNobodys: true, note: claimsKeys ? `${NOBODYS} ${LINK}` : NOBODYS };
    const note = error instanceof KeywardError ? sentenceOf(error) : "The key could not be looked up. Paste it again.";
    return { found: undefined, isNobodys: false, note };
  }
}

const NOBODYS = "This key does not belong to this organization.";
const LINK = "If it was created outside the dashboard, link it.";
