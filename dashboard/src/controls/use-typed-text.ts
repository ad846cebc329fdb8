/** A text that is asked for once the typing pauses: a search, a filter. */
import { useEffect, useEffectEvent, useRef, useState } from "react";

/**
 * What stands in the input, and how to change it. `asked` is what has been asked for, which `onPause` changes; changed by other means (a
 * button, the way back), it is taken over. One's own may come back late, when more has been typed: that stays.
 */
export function useTypedText(
  asked: string,
  onPause: (text: string) => void,
  pauseMs: number,
): [text: string, type: (text: string) => void] {
  const [text, setText] = useState(asked);
  const told = useRef(asked);
  const tell = useEffectEvent((typed: string) => {
    told.current = typed;
    onPause(typed);
  });
  useEffect(() => {
    if (asked === told.current) return;
    told.current = asked;
    setText(asked);
  }, [asked]);
  useEffect(() => {
    const typed = text.trim();
    if (typed === told.current) return;
    const timer = setTimeout(() => tell(typed), pauseMs);
    return () => clearTimeout(timer);
  }, [text, pauseMs]);
  return [text, setText];
}
