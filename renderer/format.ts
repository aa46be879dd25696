/** How numbers are written in the window: one way for each unit, so that columns line up and nothing jumps. */

const KIB = 1024;
const MIB = KIB * 1024;
const GIB = MIB * 1024;

/** Bytes as "512 B", "14 KiB", "384 MiB" or "7.6 GiB". */
export function formatBytes(bytes: number): string {
  if (bytes < KIB) return `${Math.round(bytes)} B`;
  // Rounding first: 1023.9 MiB is "1.0 GiB", never "1024 MiB".
  if (Math.round(bytes / KIB) < KIB) return `${Math.round(bytes / KIB)} KiB`;
  if (Math.round(bytes / MIB) < KIB) return `${Math.round(bytes / MIB)} MiB`;
  return `${(bytes / GIB).toFixed(1)} GiB`;
}

/** A duration as "0.4 s", "12.3 s", "1 min 05 s" or "2 h 07 min". */
export function formatSeconds(seconds: number): string {
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${twoDigits(whole % 60)} s`;
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)} h ${twoDigits(minutes % 60)} min`;
}

/** A duration in whole seconds, for what counts up in front of the person: "7 s", "1 min 05 s". */
export function formatElapsed(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  return whole < 60 ? `${whole} s` : formatSeconds(whole);
}

/** A share of one as whole percent: "38 %". */
export function formatPercent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

/** Milliseconds since the epoch as the local time of day: "21:07:33". */
export function formatTime(time: number): string {
  const date = new Date(time);
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map(twoDigits).join(':');
}

/** A count with its noun: "1 picture", "3 pictures". */
export function formatCount(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** A name out of the code as words: "denoise_step" is "denoise step", "vae_decoder" is "VAE decoder". */
export function formatName(name: string): string {
  return name
    .replaceAll('_', ' ')
    .replace(/\bvae\b/, 'VAE')
    .replace(/\bunet\b/, 'UNet');
}

/** The last part of a path, on either kind of system. */
export function fileName(path: string): string {
  return path.split(/[\\/]/).at(-1) ?? path;
}

/**
 * Words made to stand before a full stop: with a capital, and without a stop of their own. A first word that is a name, such
 * as a file's, is left as it is.
 */
export function sentence(words: string): string {
  const trimmed = words.trim().replace(/\.$/, '');
  return /^[a-z]+(?=\s|$)/.test(trimmed) ? trimmed.charAt(0).toUpperCase() + trimmed.slice(1) : trimmed;
}

/** A message without what a program said at length below it; the log has all of it. */
export function firstLine(message: string): string {
  return message.split('\n', 1)[0] ?? message;
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0');
}
