import { setFailure, useDocument } from '../stores/document.ts';
import { Button } from '../ui/Button.tsx';
import { Dialog } from '../ui/Dialog.tsx';

/** What could not be opened or saved, with the reason in full: it stays until it is read. */
export function FailureDialog() {
  const failure = useDocument((state) => state.failure);
  const close = () => setFailure(null);
  return (
    <Dialog
      open={failure !== null}
      onOpenChange={(open) => !open && close()}
      title={failure?.title ?? ''}
      footer={
        <Button look="primary" onClick={close}>
          Close
        </Button>
      }
    >
      <p className="selectable whitespace-pre-wrap wrap-anywhere">{failure?.message}</p>
    </Dialog>
  );
}
