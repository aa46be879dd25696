import { HeadroomError } from '../../contract/errors.ts';
import { type StoredTensor, storedTensors } from '../stored-tensor.ts';
import type { CheckpointNetwork } from './checkpoint.ts';
import { unetRules } from './ldm-unet.ts';
import { prefixRule, renamed } from './name-rules.ts';
import { NetworkShapes } from './network-shapes.ts';
import { controlNetConfig } from './unet-config.ts';
import { namesInGroups } from './unknown-layout.ts';

const ORIGINAL_PREFIX = 'control_model.';
const ORIGINAL_MARK = 'input_hint_block.0.weight';
const DIFFUSERS_MARK = 'controlnet_cond_embedding.conv_in.weight';

/** Whether a file's tensors are a ControlNet's, by their names. */
function isControlNet(names: Iterable<string>): boolean {
  return [...names].some((name) => name === DIFFUSERS_MARK || name.replace(ORIGINAL_PREFIX, '') === ORIGINAL_MARK);
}

/**
 * Reads a ControlNet's file, in the layout of its makers (lllyasviel/ControlNet: cldm.py) or that of diffusers.
 *
 * @throws HeadroomError `file` if it is no safetensors file; `model` if it holds something else or lacks tensors
 */
export function openControlNetFile(path: string): CheckpointNetwork {
  const stored = storedTensors(path);
  const names = stored.map(({ name }) => name);
  if (!isControlNet(names)) {
    throw new HeadroomError(
      'model',
      `${path} is not a ControlNet. It holds ${names.length} tensors: ${namesInGroups(names)}.`,
    );
  }
  const tensors = names.includes(DIFFUSERS_MARK) ? stored : ldmControlNet(stored);
  return { config: controlNetConfig(new NetworkShapes(tensors)), tensors };
}

/** The original's hint block is a row of convolutions with an activation between each two. */
function ldmControlNet(stored: readonly StoredTensor[]): StoredTensor[] {
  const tensors = stored.map((tensor) => ({ ...tensor, name: tensor.name.replace(ORIGINAL_PREFIX, '') }));
  const hints = new NetworkShapes(tensors);
  const embedding = 'controlnet_cond_embedding';
  let last = 0;
  while (hints.hasBelow(`input_hint_block.${last + 2}`)) last += 2;
  return renamed(tensors, [
    prefixRule('input_hint_block.0', `${embedding}.conv_in`),
    prefixRule(`input_hint_block.${last}`, `${embedding}.conv_out`),
    ...Array.from({ length: last / 2 - 1 }, (_, block) =>
      prefixRule(`input_hint_block.${2 * block + 2}`, `${embedding}.blocks.${block}`),
    ),
    { from: /^zero_convs\.(\d+)\.0\./, to: ['controlnet_down_blocks.$1.'] },
    prefixRule('middle_block_out.0', 'controlnet_mid_block'),
    ...unetRules(tensors),
  ]);
}
