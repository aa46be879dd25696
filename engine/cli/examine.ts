import { execFile } from 'node:child_process';
import { cpus, freemem, release, totalmem, type } from 'node:os';
import { promisify } from 'node:util';
import { asHeadroomError } from '../contract/errors.ts';
import { ModelLibrary } from '../library/library.ts';
import { askRuntime, type RuntimeFindings } from './examine-runtime.ts';
import { version } from './version.ts';

export interface NvidiaCard {
  readonly name: string;
  readonly driver: string;
  readonly totalBytes: number;
  readonly freeBytes: number;
}

export interface Findings {
  readonly versions: { readonly headroom: string; readonly node: string; readonly runtime: string | null };
  readonly system: {
    readonly platform: string;
    readonly processor: string;
    readonly totalBytes: number;
    readonly freeBytes: number;
  };
  readonly nvidia:
    | { readonly found: true; readonly cards: readonly NvidiaCard[] }
    | { readonly found: false; readonly reason: string };
  readonly providers: RuntimeFindings['providers'];
  readonly models: {
    readonly folders: readonly string[];
    readonly usable: readonly string[];
    readonly unusable: readonly { readonly id: string; readonly problem: string }[];
  };
  /** What to do, the most useful first. */
  readonly advice: readonly string[];
  readonly canDraw: boolean;
}

/** Looks at the computer; nothing of it fails, whatever is missing. */
export async function examine(modelFolders: readonly string[], tokenizers: string): Promise<Findings> {
  const runtime = await askRuntime();
  const nvidia = await findNvidia();
  const found = await new ModelLibrary(modelFolders, tokenizers).list();
  const all = found.filter(({ kind }) => kind === 'model');
  const models = {
    folders: modelFolders,
    usable: all.filter(({ usable }) => usable).map(({ id }) => id),
    unusable: all.filter(({ usable }) => !usable).map(({ id, problem }) => ({ id, problem: problem ?? '' })),
  };
  const works = (name: string) => runtime.providers.some((provider) => provider.name === name && !provider.problem);
  const advice = [
    ...(runtime.problem === null ? [] : [`onnxruntime does not load: ${runtime.problem}. Install Headroom again.`]),
    ...(models.usable.length > 0
      ? []
      : ['Put a model into one of the folders above, or name its folder with --models.']),
    ...(models.unusable.length === 0 ? [] : ['Some models cannot be used: the reasons are above.']),
    ...(nvidia.found && !works('cuda') ? [CUDA_ADVICE] : []),
  ];
  return {
    versions: { headroom: version, node: process.versions.node, runtime: runtime.version },
    system: {
      platform: `${type()} ${release()}, ${process.arch}`,
      processor: `${cpus()[0]?.model.trim() ?? 'unknown'}, ${cpus().length} threads`,
      totalBytes: totalmem(),
      freeBytes: freemem(),
    },
    nvidia,
    providers: runtime.providers,
    models,
    advice,
    canDraw: works('cpu') && models.usable.length > 0,
  };
}

const CUDA_ADVICE =
  'There is an NVIDIA card, but pictures are drawn on the processor: headroom install-cuda installs what the card needs.';

const MEBIBYTE = 2 ** 20;
const QUERY = '--query-gpu=name,driver_version,memory.total,memory.free';

async function findNvidia(): Promise<Findings['nvidia']> {
  try {
    const { stdout } = await promisify(execFile)('nvidia-smi', [QUERY, '--format=csv,noheader,nounits'], {
      timeout: 10_000,
    });
    const cards = stdout
      .trim()
      .split('\n')
      .map((line) => {
        const [name = '', driver = '', total = '', free = ''] = line.split(', ');
        return { name, driver, totalBytes: Number(total) * MEBIBYTE, freeBytes: Number(free) * MEBIBYTE };
      });
    return { found: true, cards };
  } catch (thrown) {
    const isMissing = thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT';
    return {
      found: false,
      reason: isMissing
        ? 'no NVIDIA driver was found (there is no nvidia-smi)'
        : `the NVIDIA driver does not answer: ${asHeadroomError(thrown).message.split('\n')[0]}`,
    };
  }
}
