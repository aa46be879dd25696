import type { Measured } from './measure.ts';
import type { Reference, ReferenceCall } from './reference.ts';

const MIB = 2 ** 20;
const GIB = 2 ** 30;

/** A Markdown table of what was measured beside PyTorch's figures. */
export function comparison(reference: Reference, measured: readonly Measured[]): string {
  const rows = measured.map((own) => {
    const call = reference.calls.find((candidate) => sameCall(candidate, own)) as ReferenceCall;
    const [name, best] = fastest(call);
    const compiled = call.times.compiled;
    const bytes = reference.loads.find((load) => load.model === own.model && load.component === own.component);
    const [error] = Object.values(own.errors);
    return [
      `${own.model} ${own.component}, batch ${own.batch}${own.side ? `, ${8 * own.side} px` : ''}, ${own.precision}`,
      milliseconds(own.seconds),
      `${milliseconds(best)} (${name})`,
      (best / own.seconds).toFixed(2),
      compiled ? milliseconds(Math.min(compiled.queued, compiled.waited)) : '',
      `${mebibytes(own.peak)} / ${mebibytes(call.memory.activations)}`,
      `${gibibytes(own.weights + own.reserved)} / ${gibibytes(call.memory.reserved)}`,
      `${own.load.toFixed(2)} / ${bytes ? (bytes.read + bytes.copy).toFixed(2) : ''}`,
      own.first.toFixed(1),
      `${error?.exact.toExponential(1)} / ${Object.values(call.error)[0]?.toExponential(1)}`,
      error?.torch.toExponential(1) ?? '',
    ];
  });
  return markdown(
    [
      'call',
      'Headroom, ms',
      'PyTorch eager, ms',
      'ratio',
      'torch.compile, ms',
      'activations, MiB: Headroom / PyTorch',
      'held in all, GiB',
      'load / read + copy, s',
      'first call, s',
      'error to float32: Headroom / PyTorch',
      'to each other',
    ],
    rows,
  );
}

function sameCall(call: ReferenceCall, own: Measured): boolean {
  return (['model', 'component', 'batch', 'side', 'precision'] as const).every((field) => call[field] === own[field]);
}

/** The fastest eager way and its seconds, waited for or queued, whichever is less. */
function fastest({ times }: ReferenceCall): [string, number] {
  const eager = Object.entries(times).filter(([name]) => name.startsWith('eager'));
  const seconds = eager.map(([name, { waited, queued }]) => [name, Math.min(waited, queued)] as [string, number]);
  return seconds.reduce((best, next) => (next[1] < best[1] ? next : best));
}

export function markdown(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [header, header.map(() => '---'), ...rows];
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

const milliseconds = (seconds: number) => (seconds * 1000).toFixed(2);
const mebibytes = (bytes: number) => (bytes / MIB).toFixed(0);
const gibibytes = (bytes: number) => (bytes / GIB).toFixed(2);
