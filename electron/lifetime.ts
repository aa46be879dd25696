/** Ends something: a listener, a timer, a process. Calling it again does nothing. */
export type Dispose = () => void;

/** Everything that was born with something and must end with it. */
export class Disposables {
  private readonly members = new Set<Dispose>();
  private ended = false;

  /** Takes care of `dispose`; at once, if the bag has ended already. */
  add(dispose: Dispose): void {
    if (this.ended) dispose();
    else this.members.add(dispose);
  }

  timeout(action: () => void, delayMs: number): void {
    const timer = setTimeout(action, delayMs);
    this.add(() => clearTimeout(timer));
  }

  interval(action: () => void, periodMs: number): void {
    const timer = setInterval(action, periodMs);
    this.add(() => clearInterval(timer));
  }

  dispose(): void {
    this.ended = true;
    for (const dispose of this.members) dispose();
    this.members.clear();
  }
}

/** One kind of event. Listeners are told in the order in which they came. */
export class Emitter<T> {
  private readonly listeners = new Set<(value: T) => void>();

  listen(listener: (value: T) => void): Dispose {
    // A wrapper of its own, so that one function may listen twice and end each time separately.
    const member = (value: T) => listener(value);
    this.listeners.add(member);
    return () => this.listeners.delete(member);
  }

  emit(value: T): void {
    for (const listener of [...this.listeners]) listener(value);
  }

  get listenerCount(): number {
    return this.listeners.size;
  }
}
