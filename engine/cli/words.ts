import type { ErrorPlace } from '../contract/errors.ts';

/** An error as a person reads it on a terminal: "error: node generate: steps must be …". */
export function errorLines({ message, place }: { message: string; place: ErrorPlace }): string {
  return `error: ${placed(message, place)}\n`;
}

export function placed(message: string, { nodeId }: ErrorPlace): string {
  return nodeId === undefined ? message : `node ${nodeId}: ${message}`;
}

/** Such as "1 picture" and "2 pictures". */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** Such as "52 MB" and "4.3 GB"; decimal, as file managers count. */
export function byteSize(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${value < 10 && unit > 0 ? value.toFixed(1) : value.toFixed(0)} ${units[unit]}`;
}

/** Such as "0.8 s" and "2 min 5 s". */
export function duration(seconds: number): string {
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)} min ${whole % 60} s`;
}
