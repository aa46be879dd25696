import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { z } from 'zod';
import { asHeadroomError } from '../contract/errors.ts';
import type { Provider } from '../ort/session.ts';

export const zRuntimeFindings = z.object({
  version: z.string().nullable(),
  /** Why the runtime does not load, or null where it does. */
  problem: z.string().nullable(),
  /** Each provider with why it cannot be used, or null where it can, and what else there is to know then. */
  providers: z.array(z.object({ name: z.string(), problem: z.string().nullable(), remark: z.string().nullable() })),
});
export type RuntimeFindings = z.infer<typeof zRuntimeFindings>;

/** The option of `headroom doctor` that has this process answer for the runtime alone. */
export const RUNTIME_ONLY = 'runtime-only';

/** Longer than any driver takes to start. */
const PATIENCE_MS = 120_000;

/**
 * What the runtime can do, asked in a process of its own: drivers that do not fit may end the process that loads them, and
 * some write to its error output.
 */
export async function askRuntime(): Promise<RuntimeFindings> {
  const program = [...process.execArgv, process.argv[1] ?? '', 'doctor', `--${RUNTIME_ONLY}`];
  try {
    const { stdout } = await promisify(execFile)(process.execPath, program, { timeout: PATIENCE_MS });
    return zRuntimeFindings.parse(JSON.parse(stdout));
  } catch (thrown) {
    const signal = thrown instanceof Error && 'signal' in thrown ? thrown.signal : null;
    const problem = signal ? `it ended the process that loaded it (${signal})` : asHeadroomError(thrown).message;
    return { version: null, problem, providers: [] };
  }
}

/** What the runtime can do, in this process. */
export async function examineRuntime(): Promise<RuntimeFindings> {
  try {
    const { runtimeVersion } = await import('../ort/runtime-version.ts');
    const { supportedProviders } = await import('../ort/session.ts');
    const providers: RuntimeFindings['providers'] = [];
    for (const name of supportedProviders()) providers.push(await examineProvider(name));
    return { version: runtimeVersion(), problem: null, providers };
  } catch (thrown) {
    return { version: null, problem: asHeadroomError(thrown).message, providers: [] };
  }
}

async function examineProvider(name: Provider): Promise<RuntimeFindings['providers'][number]> {
  const { tryDevice, whyNotByItself } = await import('../host/device.ts');
  const device = await tryDevice(name);
  if (typeof device === 'string') return { name, problem: device, remark: null };
  const reservation = await whyNotByItself(name);
  const remark = reservation === null ? device.title : `${device.title}; not chosen by itself: ${reservation}`;
  return { name, problem: null, remark };
}
