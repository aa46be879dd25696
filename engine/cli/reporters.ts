import { relative } from 'node:path';
import { asHeadroomError } from '../contract/errors.ts';
import type { ImageResult, RunEvent } from '../contract/events.ts';
import type { LogLine } from '../contract/protocol.ts';
import { exitCode } from './exit-codes.ts';
import { progressDisplay } from './progress-display.ts';
import { byteSize, counted, duration, errorLines, placed } from './words.ts';

/** Who tells what happens in a run. */
export interface Reporter {
  begin(workflow: string, device: string): void;
  event(event: RunEvent): void;
  log(level: LogLine['level'], message: string): void;
  interrupted(): void;
  /** Tells why the run could not begin. @returns the exit code */
  failedToStart(thrown: unknown): number;
}

/** One JSON event a line on standard output, without the pictures of previews. */
export function jsonReporter(): Reporter {
  const write = (event: RunEvent) => {
    if (event.type !== 'preview') process.stdout.write(`${JSON.stringify(event)}\n`);
  };
  return {
    begin: () => {},
    event: write,
    log: (level, message) => process.stderr.write(`${level}: ${message}\n`),
    interrupted: () => {},
    failedToStart(thrown) {
      const { code, message, place } = asHeadroomError(thrown);
      write({ type: 'error', error: { code, message, place } });
      write({ type: 'done', state: 'failed', images: 0, seconds: 0 });
      return exitCode(code);
    },
  };
}

/** Results on standard output, everything else on standard error: a progress bar on a terminal, lines elsewhere. */
export function personReporter(): Reporter {
  const display = progressDisplay(process.stderr);
  const say = (text: string) => {
    display.clear();
    process.stderr.write(text);
  };
  return {
    begin: (workflow, device) => say(`${workflow} on ${device}\n`),
    interrupted: () => say('Stopping after this step. Press Ctrl+C again to stop at once.\n'),
    log: (level, message) => {
      if (level !== 'debug') say(level === 'info' ? `${message}\n` : `${level}: ${message}\n`);
    },
    failedToStart: (thrown) => exitCode(asHeadroomError(thrown).code),
    event(event) {
      switch (event.type) {
        case 'progress':
          display.show(event.nodeId, event.fraction, event.detail);
          break;
        case 'image':
          display.clear();
          process.stdout.write(`${imageLine(event.image)}\n`);
          break;
        case 'warning':
          say(`warning: ${placed(event.message, event.place)}\n`);
          break;
        case 'row':
          if (event.state !== 'running') say(`${rowLine(event)}\n`);
          break;
        case 'recovery':
          say(`${event.message}\n`);
          break;
        case 'error':
          say(errorLines(event.error));
          break;
        case 'done':
          say(`${doneLine(event)}\n`);
          break;
        case 'start':
        case 'node':
        case 'preview':
        case 'memory':
          break;
      }
    },
  };
}

/** The path comes first and alone in front of two spaces, so that scripts can cut it out. */
function imageLine({ path, width, height, settings, kind }: ImageResult): string {
  const facts = [`${width} × ${height}`];
  if (settings.seed !== undefined) facts.push(`seed ${settings.seed}`);
  if (kind === 'preview') facts.push('a preview, not kept for good');
  return `${shortest(path)}  (${facts.join(', ')})`;
}

/** Such as "row 3 of 20: done in 1.2 s, peak 512 MB". */
function rowLine({ row, of, state, seconds, peakBytes, error }: Extract<RunEvent, { type: 'row' }>): string {
  const peak = peakBytes === null ? '' : `, peak ${byteSize(peakBytes)}`;
  const cost = `${duration(seconds)}${peak}`;
  const outcome = {
    running: 'begins',
    done: `done in ${cost}`,
    skipped: 'empty, left out',
    failed: `failed after ${cost}: ${error ? placed(error.message, error.place) : ''}`,
  }[state];
  return `row ${row + 1} of ${of}: ${outcome}`;
}

function doneLine({ state, images, seconds }: Extract<RunEvent, { type: 'done' }>): string {
  const pictures = counted(images, 'picture');
  switch (state) {
    case 'done':
      return `Done: ${pictures} in ${duration(seconds)}.`;
    case 'cancelled':
      return `Stopped after ${duration(seconds)}, ${images === 0 ? 'before the first picture' : `with ${pictures}`}.`;
    case 'failed':
      return images === 0 ? 'No picture was made.' : `Only ${pictures} came of it.`;
  }
}

function shortest(path: string): string {
  const fromHere = relative(process.cwd(), path);
  return fromHere.startsWith('..') ? path : fromHere;
}
