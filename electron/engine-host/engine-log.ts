import type { LogLine } from '../../engine/contract/protocol.ts';
import { Emitter } from '../lifetime.ts';

const KEPT_LINES = 2000;
/** A line longer than this is cut: a native library that dumps its state must not fill the memory. */
const MAX_LINE = 4000;

/** What the engine said last: its own log, its output streams, and what the supervisor did with it. */
export class EngineLog {
  readonly onLine = new Emitter<LogLine>();
  private kept: LogLine[] = [];

  get lines(): readonly LogLine[] {
    return this.kept;
  }

  add(level: LogLine['level'], message: string, time = Date.now()): void {
    const line = { time, level, message: message.slice(0, MAX_LINE) };
    this.kept.push(line);
    // Trimmed in blocks, so that a chatty engine does not move the whole list for each line.
    if (this.kept.length > KEPT_LINES * 1.25) this.kept = this.kept.slice(-KEPT_LINES);
    this.onLine.emit(line);
  }
}

/** Cuts a stream of text into whole lines, without empty ones. */
export class LineSplitter {
  private rest = '';
  private readonly onLine: (line: string) => void;

  constructor(onLine: (line: string) => void) {
    this.onLine = onLine;
  }

  push(text: string): void {
    const lines = (this.rest + text).split(/\r?\n/);
    this.rest = lines.pop() ?? '';
    for (const line of lines) if (line.trim()) this.onLine(line);
  }

  /** The last line has no line break when its process dies. */
  end(): void {
    if (this.rest.trim()) this.onLine(this.rest);
    this.rest = '';
  }
}
