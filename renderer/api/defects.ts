import { addLog } from '../stores/engine.ts';
import { toast } from '../ui/toast.ts';
import { messageOf } from './client.ts';

/** What nobody caught is a defect of the window: it goes to the log panel, and the person is told that something did not happen. */
export function connectDefects(): () => void {
  function tell(thrown: unknown) {
    const message = messageOf(thrown);
    const stack = thrown instanceof Error && thrown.stack ? `\n${thrown.stack}` : '';
    addLog([{ time: Date.now(), level: 'error', message: `A defect in the window: ${message}${stack}` }]);
    toast('error', 'Something went wrong in the window', { id: 'defect', detail: message });
  }
  const onError = ({ error, message }: ErrorEvent) => {
    // A browser's own note about an observer that needs another frame: nothing is wrong then.
    if (!message.startsWith('ResizeObserver loop')) tell(error ?? message);
  };
  const onRejection = ({ reason }: PromiseRejectionEvent) => tell(reason);
  window.addEventListener('error', onError);
  window.addEventListener('unhandledrejection', onRejection);
  return () => {
    window.removeEventListener('error', onError);
    window.removeEventListener('unhandledrejection', onRejection);
  };
}
