/** A question before something that cannot be undone. Where a slip would hurt, a word must be typed. */
import { type ReactNode, useState } from "react";
import { Button } from "../controls/button.tsx";
import { Dialog, DialogActions } from "../controls/dialog.tsx";
import { TextField } from "../controls/field.tsx";
import { Fault } from "../controls/states.tsx";
import { useAttempt } from "./use-attempt.ts";

interface ConfirmProps {
  title: string;
  description: string;
  /** The label of the button: what it does. */
  action: string;
  /** Must be typed before the button works. */
  typed?: string | undefined;
  /** The dialog closes when this resolves, and shows the error when it rejects. */
  onConfirm: () => Promise<unknown>;
  onClose: () => void;
  children?: ReactNode;
}

export function Confirm({ title, description, action, typed, onConfirm, onClose, children }: ConfirmProps) {
  const [text, setText] = useState("");
  const { isBusy, error, attempt } = useAttempt(async () => {
    await onConfirm();
    onClose();
  });
  const isReady = typed === undefined || text.trim() === typed;
  return (
    <Dialog title={title} description={description} onClose={onClose}>
      <form
        className="space-y-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (isReady) attempt();
        }}
      >
        {children}
        {typed !== undefined && (
          <TextField
            label={`Type ${typed} to confirm`}
            value={text}
            onChange={(event) => setText(event.target.value)}
            autoComplete="off"
            spellCheck={false}
          />
        )}
        {error !== undefined && <Fault error={error} />}
        <DialogActions>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="danger" busy={isBusy} disabled={!isReady}>
            {action}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
