import { parseCommand, SHARED_OPTIONS, withoutWords } from './arguments.ts';
import { examine, type Findings } from './examine.ts';
import { examineRuntime, RUNTIME_ONLY } from './examine-runtime.ts';
import { EXIT_DONE, exitCode } from './exit-codes.ts';
import { modelFolders, tokenizersFolder } from './resources.ts';
import { byteSize, counted } from './words.ts';

/** `headroom doctor`: what this computer can do, and what to do about the rest. Exits 0 if pictures can be drawn. */
export async function doctorCommand(args: readonly string[]): Promise<number> {
  const options = { ...SHARED_OPTIONS, [RUNTIME_ONLY]: { type: 'boolean' } } as const;
  const { values, positionals } = parseCommand('doctor', args, options);
  withoutWords('doctor', positionals);
  if (values[RUNTIME_ONLY]) {
    process.stdout.write(`${JSON.stringify(await examineRuntime())}\n`);
    return EXIT_DONE;
  }
  const findings = await examine(modelFolders(values.models), tokenizersFolder());
  process.stdout.write(values.json ? `${JSON.stringify(findings)}\n` : report(findings));
  return findings.canDraw ? EXIT_DONE : exitCode('device');
}

function report({ versions, system, nvidia, providers, models, advice, canDraw }: Findings): string {
  const lines = [
    heading('Headroom', versions.headroom),
    row('Node', versions.node),
    row('Runtime', versions.runtime ?? 'onnxruntime does not load'),
    heading('Computer', system.platform),
    row('Processor', system.processor),
    row('Memory', `${byteSize(system.freeBytes)} free of ${byteSize(system.totalBytes)}`),
    heading('Graphics card', nvidia.found ? '' : nvidia.reason),
    ...(nvidia.found
      ? nvidia.cards.map(({ name, driver, totalBytes, freeBytes }) =>
          row(name, `${byteSize(freeBytes)} free of ${byteSize(totalBytes)}, driver ${driver}`),
        )
      : []),
    heading('Providers', 'what the runtime can compute on'),
    ...providers.map(({ name, problem, remark }) =>
      row(name, problem === null ? `works: ${remark}` : `no: ${problem}`),
    ),
    heading('Models', counted(models.usable.length, 'usable model')),
    ...models.folders.map((folder) => `  in ${folder}`),
    ...models.usable.map((id) => row(id, 'usable')),
    ...models.unusable.map(({ id, problem }) => row(id, `no: ${problem}`)),
    '',
    canDraw ? 'This computer can draw pictures.' : 'This computer cannot draw pictures yet.',
    ...advice.map((text) => `→ ${text}`),
  ];
  return `${lines.join('\n').trim()}\n`;
}

const heading = (title: string, what: string) => `\n${title}${what && `: ${what}`}`;
const row = (name: string, what: string) => `  ${name.padEnd(10)} ${what}`;
