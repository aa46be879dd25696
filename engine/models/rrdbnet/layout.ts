import { HeadroomError } from '../../contract/errors.ts';
import { type NameRule, renamed } from '../../weights/layouts/name-rules.ts';
import { type StoredTensor, storedTensors } from '../../weights/stored-tensor.ts';
import { WeightView } from '../../weights/weight-view.ts';

/** The form of an upscaler, told from its tensors alone: the files hold no config. */
export interface RrdbNetShape {
  /** How many times larger its pictures are. */
  readonly scale: number;
  readonly channels: number;
  /** Channels that each convolution of a dense block adds. */
  readonly growth: number;
  readonly blocks: number;
  /** How often the features are doubled in size. */
  readonly doublings: number;
  /** Pixels along one side that are read as channels of one: networks for small scales begin so. */
  readonly unshuffle: number;
}

export interface RrdbNet {
  readonly shape: RrdbNetShape;
  readonly weights: WeightView;
}

/** Whether these are the names of an upscaler's tensors, in any of its layouts. */
export function isRrdbNet(names: Iterable<string>): boolean {
  for (const name of names) {
    if (/^(params(_ema)?\.)?(body\.0\.rdb1|RRDB_trunk\.0\.RDB1|model\.1\.sub\.0\.RDB1)\.conv1\./.test(name))
      return true;
  }
  return false;
}

/**
 * An upscaler in the names that Real-ESRGAN gave its tensors (basicsr: RRDBNet), whichever layout the file has.
 *
 * @throws HeadroomError `file` for what cannot be read, `model` for tensors that are no such network
 */
export function openRrdbNet(path: string): RrdbNet {
  const stored = storedTensors(path);
  const tensors = renamed(stored, rules(stored));
  const shapes = new Map(tensors.map(({ name, shape }) => [name, shape]));
  const dimension = (name: string, index: number) => {
    const value = shapes.get(name)?.[index];
    if (value !== undefined) return value;
    throw new HeadroomError('model', `${path} is not a complete upscaler: the tensor "${name}" is missing.`);
  };
  const doublings = [1, 2, 3].filter((number) => shapes.has(`conv_up${number}.weight`)).length;
  const colours = dimension('conv_last.weight', 0);
  const unshuffle = Math.sqrt(dimension('conv_first.weight', 1) / colours);
  const scale = 2 ** doublings / unshuffle;
  if (colours !== 3 || ![1, 2, 4].includes(unshuffle) || scale < 1) {
    throw new HeadroomError('model', `${path} is an upscaler of a kind that Headroom does not know.`);
  }
  let blocks = 0;
  while (shapes.has(`body.${blocks}.rdb1.conv1.weight`)) blocks += 1;
  const channels = dimension('conv_first.weight', 0);
  const growth = dimension('body.0.rdb1.conv1.weight', 0);
  return { shape: { scale, channels, growth, blocks, doublings, unshuffle }, weights: WeightView.of(tensors) };
}

/** The prefix that training leaves. */
const PREFIX = '^(?:params(?:_ema)?\\.)?';
const rule = (from: string, to: string): NameRule => ({ from: new RegExp(`${PREFIX}${from}`), to: [to] });

function rules(tensors: readonly StoredTensor[]): NameRule[] {
  const names = tensors.map(({ name }) => name);
  return [
    ...numberedRules(names),
    // The first release of ESRGAN (xinntao/ESRGAN: RRDBNet_arch.py).
    rule('RRDB_trunk\\.(\\d+)\\.RDB(\\d)\\.', 'body.$1.rdb$2.'),
    rule('trunk_conv\\.', 'conv_body.'),
    rule('upconv(\\d)\\.', 'conv_up$1.'),
    rule('HRconv\\.', 'conv_hr.'),
    rule('(conv_first|conv_last|conv_hr|conv_body|conv_up\\d|body)\\.', '$1.'),
  ];
}

/**
 * The older layout of a sequence with numbers (victorca25/BasicSR): the convolution at the beginning, the blocks with the one
 * behind them, one for each doubling, and the last two.
 */
function numberedRules(names: readonly string[]): NameRule[] {
  const numbers = (pattern: RegExp) => [...new Set(names.flatMap((name) => pattern.exec(name)?.[1] ?? []))].map(Number);
  const behind = numbers(/^model\.1\.sub\.(\d+)\.(?:weight|bias)$/);
  const later = numbers(/^model\.(\d+)\.(?:weight|bias)$/).filter((number) => number > 1);
  later.sort((a, b) => a - b);
  const roles = later.map((_, index) => {
    if (index === later.length - 1) return 'conv_last';
    return index === later.length - 2 ? 'conv_hr' : `conv_up${index + 1}`;
  });
  return [
    rule('model\\.0\\.', 'conv_first.'),
    rule('model\\.1\\.sub\\.(\\d+)\\.RDB(\\d)\\.conv(\\d)\\.0\\.', 'body.$1.rdb$2.conv$3.'),
    ...behind.map((number) => rule(`model\\.1\\.sub\\.${number}\\.`, 'conv_body.')),
    ...later.map((number, index) => rule(`model\\.${number}\\.`, `${roles[index]}.`)),
  ];
}
