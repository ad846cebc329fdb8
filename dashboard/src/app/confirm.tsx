/** A question before something that cannot be undone; asks for a word to be typed where a slip would hurt. */
import { type ReactNode, useState } from "react";
import { Button } from "../controls/button.tsx";
import { Dialog, DialogActions } from "../controls/dialog.tsx";
import { TextField } from "../controls/field.tsx";
import { Fault } from "../controls/states.tsx";
import { noticeSignedOut } from "./client.ts";

export interface ConfirmProps {
  title: string;
  description?: ReactNode;
  /** What the button says: the deed itself. */
  deed: string;
  /** Must be typed before the button works. */
  typed?: string | undefined;
  danger?: boolean;
  onConfirm: () => Promise<unknown>;
  onClose: () => void;
  children?: ReactNode;
}

export function Confirm({ title, description, deed, typed, danger = true, onConfirm, onClose, children }: ConfirmProps) {
  const [text, setText] = useState("");
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const confirm = async () => {
    setBusy(true);
    setError(undefined);
    try {
      await onConfirm();
      onClose();
    } catch (failure) {
      noticeSignedOut(failure);
      setError(failure);
      setBusy(false);
    }
  };
  const isReady = typed === undefined || text.trim() === typed;
  return (
    <Dialog title={title} description={description} onClose={onClose}>
      <form
        className="space-y-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (isReady && !isBusy) void confirm();
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
          <Button type="submit" look={danger ? "danger" : "primary"} busy={isBusy} disabled={!isReady}>
            {deed}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
