/** An input, such as a search or a filter, that takes effect when typing pauses. */
import { useEffect, useEffectEvent, useRef, useState } from "react";

/**
 * Returns the text of the input and its setter. `asked` is the text in effect, which `onPause` changes. If it changes in another way (a
 * button, the back button), the input takes it over. If it only echoes an earlier `onPause`, newer typing is kept.
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
