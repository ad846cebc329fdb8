/** The question before a secret is gone. */
import { Button } from "../../controls/button.tsx";
import { Dialog, DialogActions } from "../../controls/dialog.tsx";

export function LeaveQuestion({ what, onStay, onLeave }: { what: string; onStay: () => void; onLeave: () => void }) {
  return (
    <Dialog title={`Have you stored the ${what}?`} description="It is not shown again." onClose={onStay}>
      <DialogActions>
        <Button onClick={onLeave}>I have stored it</Button>
        <Button look="primary" onClick={onStay}>
          Go back
        </Button>
      </DialogActions>
    </Dialog>
  );
}
