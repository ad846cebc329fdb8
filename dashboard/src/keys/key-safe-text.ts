/** A search text in which somebody may paste a key: the key is looked up with a POST, and gets into no address. */
import type { ApiKey } from "@keyward/sdk";
import { type ChangeEvent, useRef, useState } from "react";
import { usePlatform } from "../app/session.ts";
import { announce } from "../controls/announcer.tsx";
import { useTypedText } from "../controls/use-typed-text.ts";
import { findPasted } from "./find-pasted.ts";
import { nameOf } from "./key-name.ts";
import { mayBeChosenKey, secretIn } from "./secret-in.ts";

interface KeySafeText {
  organizationId: string;
  /** What has been searched for. */
  asked: string;
  /** Called with a text that holds no key, once the typing pauses. */
  onText: (text: string) => void;
  /** Called with the key of the organization that was pasted. */
  onKey: (key: ApiKey) => void;
  pauseMs: number;
}

/** `note` says what became of a pasted key; undefined when there is nothing to say. */
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
    else setNote(finding.words);
  };

  const [text, setText] = useTypedText(
    asked,
    (typed) => {
      const key = secretIn(typed, platform);
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
