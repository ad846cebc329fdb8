/** The question before a secret is gone. */
import { Button } from "../controls/button.tsx";
import { Dialog, DialogActions } from "../controls/dialog.tsx";

export interface LeaveQuestionProps {
  what: string;
  /** What leaving means. */
  text: string;
  onStay: () => void;
  onLeave: () => void;
}

/** Going back comes first: it has the focus, and a key pressed by habit loses nothing. */
export function LeaveQuestion({ what, text, onStay, onLeave }: LeaveQuestionProps) {
  return (
    <Dialog title={`Have you stored the ${what}?`} description={text} onClose={onStay}>
      <DialogActions>
        <Button look="primary" onClick={onStay}>
          Go back
        </Button>
        <Button onClick={onLeave}>I have stored it</Button>
      </DialogActions>
    </Dialog>
  );
}
