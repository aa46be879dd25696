import { ipcMain, type WebContents } from 'electron';
import { answerCall, type CallHandlers } from './answer.ts';
import { type Answer, callChannel } from './channels.ts';
import { type CallName, callSchemas } from './contract.ts';

/** Whoever sends: the contents of a window, and where its main frame was loaded from. */
export interface Caller {
  contents: WebContents;
  origin: string;
  isMainFrame: boolean;
}

/**
 * Answers the window's calls. A call from anywhere else, or with a parameter of another form, is refused. What goes wrong
 * reaches the window as a message for the person; stacks stay here.
 */
export function serveCalls(handlers: CallHandlers, isTrusted: (caller: Caller) => boolean): void {
  for (const name of Object.keys(callSchemas) as CallName[]) {
    ipcMain.handle(callChannel(name), ({ sender, senderFrame }, parameter: unknown) => {
      const isMainFrame = senderFrame !== null && senderFrame === sender.mainFrame;
      const caller = { contents: sender, origin: senderFrame?.origin ?? '', isMainFrame };
      return isTrusted(caller) ? answerCall(name, handlers, parameter) : refuse(name, caller);
    });
  }
}

function refuse(name: CallName, { origin }: Caller): Answer {
  console.error(`Refused ${name} from ${origin}`);
  return { ok: false, message: 'Only the window of Headroom may do this.' };
}
