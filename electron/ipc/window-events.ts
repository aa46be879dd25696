import type { WebContents } from 'electron';
import { eventChannel } from './channels.ts';
import type { EventName, EventPayload } from './contract.ts';

/** Tells the window something. */
export type SendEvent = <Name extends EventName>(name: Name, payload: EventPayload<Name>) => void;

/** Sends events to whatever page is there now; without one they are dropped, since a page asks for the state as it loads. */
export function eventSender(contents: () => WebContents | null): SendEvent {
  return (name, payload) => {
    const page = contents();
    if (page && !page.isDestroyed() && !page.isCrashed()) page.send(eventChannel(name), payload);
  };
}

/** Keeps what the person should know until there is a page that shows it. */
export class Notices {
  private readonly send: SendEvent;
  private waiting: EventPayload<'notice'>[] = [];
  private pageIsReady = false;

  constructor(send: SendEvent) {
    this.send = send;
  }

  tell(level: EventPayload<'notice'>['level'], message: string): void {
    if (this.pageIsReady) this.send('notice', { level, message });
    else this.waiting.push({ level, message });
  }

  /** The page listens. */
  ready(): void {
    this.pageIsReady = true;
    for (const notice of this.waiting.splice(0)) this.send('notice', notice);
  }

  /** The page is gone; another one will load. */
  hold(): void {
    this.pageIsReady = false;
  }
}
