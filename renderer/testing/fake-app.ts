import type {
  AppApi,
  CallName,
  CallParameter,
  CallResults,
  EventName,
  EventPayload,
} from '../../electron/ipc/contract.ts';
import { exampleSettings } from './examples.ts';

type Answer<Name extends CallName> = (parameter: CallParameter<Name>) => CallResults[Name] | Promise<CallResults[Name]>;
type AnyAnswer = (parameter: unknown) => unknown;

/** Stands in for `window.app` in tests: answers calls as told, remembers them, and sends events when asked to. */
export class FakeApp implements AppApi {
  /** Every call that was made, in order. */
  readonly calls: { name: CallName; parameter: unknown }[] = [];
  private readonly answers = new Map<CallName, AnyAnswer>();
  private readonly listeners = new Map<EventName, Set<(payload: never) => void>>();

  /** Sets what a call comes to from now on; a function that throws makes it fail. */
  answer<Name extends CallName>(name: Name, answer: Answer<Name>): this {
    this.answers.set(name, answer as AnyAnswer);
    return this;
  }

  /** Sends an event to everyone who listens. */
  emit<Name extends EventName>(name: Name, payload: EventPayload<Name>): void {
    for (const listener of this.listeners.get(name) ?? []) (listener as (payload: EventPayload<Name>) => void)(payload);
  }

  /** The parameters of every call of one name. */
  parametersOf<Name extends CallName>(name: Name): CallParameter<Name>[] {
    return this.calls.filter((call) => call.name === name).map((call) => call.parameter as CallParameter<Name>);
  }

  listenerCount(): number {
    return [...this.listeners.values()].reduce((sum, listeners) => sum + listeners.size, 0);
  }

  async call<Name extends CallName>(
    name: Name,
    ...parameter: CallParameter<Name> extends void ? [] : [CallParameter<Name>]
  ): Promise<CallResults[Name]> {
    this.calls.push({ name, parameter: parameter[0] });
    const answer = this.answers.get(name);
    if (!answer) throw new Error(`the fake app was not told how to answer ${name}`);
    return (await answer(parameter[0])) as CallResults[Name];
  }

  pathOf(file: File): string {
    return `/dropped/${file.name}`;
  }

  on<Name extends EventName>(name: Name, listener: (payload: EventPayload<Name>) => void): () => void {
    const listeners = this.listeners.get(name) ?? new Set();
    this.listeners.set(name, listeners);
    listeners.add(listener as (payload: never) => void);
    return () => listeners.delete(listener as (payload: never) => void);
  }
}

/** Puts a fresh fake in place of `window.app`, with answers for the calls that every window makes when it opens. */
export function installFakeApp(): FakeApp {
  const app = new FakeApp()
    .answer('app:info', () => ({
      version: '0.1.0',
      platform: 'linux',
      electron: '41',
      bundledModels: '/models',
      testing: true,
    }))
    .answer('engine:status', () => ({ state: 'starting', attempt: 1 }))
    .answer('engine:nodes', () => [])
    .answer('engine:log', () => [])
    .answer('models:list', () => [])
    .answer('queue:list', () => [])
    .answer('monitor:history', () => [])
    .answer('settings:get', () => exampleSettings());
  Object.defineProperty(window, 'app', { value: app, configurable: true });
  return app;
}
