/** Copies a text, and says so on the screen and to screen readers. */
import { useEffect, useState } from "react";
import { announce } from "./announcer.tsx";
import { Button, type ButtonProps } from "./button.tsx";
import { Icon } from "./icon.tsx";

const SAID_FOR_MS = 2_500;

/** `what` names the text in "Key copied". If the browser refuses, the person is asked to copy by hand. */
export function CopyButton({ text, what, children = "Copy", ...rest }: Omit<ButtonProps, "onClick"> & { text: string; what: string }) {
  const [isCopied, setCopied] = useState(false);
  useEffect(() => {
    if (!isCopied) return;
    const timer = setTimeout(() => setCopied(false), SAID_FOR_MS);
    return () => clearTimeout(timer);
  }, [isCopied]);
  const copy = () =>
    navigator.clipboard.writeText(text).then(
      () => {
        setCopied(true);
        announce(`${what} copied`);
      },
      () => announce("The browser did not allow copying. Select the text and copy it yourself."),
    );
  return (
    <Button {...rest} onClick={copy}>
      <Icon name={isCopied ? "check" : "copy"} />
      {isCopied ? "Copied" : children}
    </Button>
  );
}
