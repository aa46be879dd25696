import type { StoredTensor } from '../stored-tensor.ts';
import { type NameRule, prefixRule, renamed } from './name-rules.ts';

const ENDS: readonly NameRule[] = [
  prefixRule('time_embed.0', 'time_embedding.linear_1'),
  prefixRule('time_embed.2', 'time_embedding.linear_2'),
  prefixRule('label_emb.0.0', 'add_embedding.linear_1'),
  prefixRule('label_emb.0.2', 'add_embedding.linear_2'),
  prefixRule('input_blocks.0.0', 'conv_in'),
  prefixRule('out.0', 'conv_norm_out'),
  prefixRule('out.2', 'conv_out'),
];

/**
 * The UNet of Stable Diffusion 1, 2 and XL under diffusers' names. The original counts all layers of a way through
 * (CompVis/latent-diffusion: openaimodel.py, UNetModel), diffusers those of each level: where a level ends is where the
 * original changes the size.
 *
 * @param tensors without `model.diffusion_model.`
 * @throws HeadroomError `model`
 */
export function ldmUnet(tensors: readonly StoredTensor[]): StoredTensor[] {
  const names = tensors.map(({ name }) => name);
  const has = (prefix: string) => names.some((name) => name.startsWith(`${prefix}.`));
  return renamed(tensors, [
    ...ENDS,
    ...inputBlocks(has),
    ...resnet('middle_block.0', 'mid_block.resnets.0'),
    prefixRule('middle_block.1', 'mid_block.attentions.0'),
    ...resnet('middle_block.2', 'mid_block.resnets.1'),
    ...outputBlocks(has),
  ]);
}

function inputBlocks(has: (prefix: string) => boolean): NameRule[] {
  const rules: NameRule[] = [];
  let level = 0;
  let layer = 0;
  for (let block = 1; has(`input_blocks.${block}`); block++) {
    const from = `input_blocks.${block}`;
    const to = `down_blocks.${level}`;
    if (has(`${from}.0.op`)) {
      rules.push(prefixRule(`${from}.0.op`, `${to}.downsamplers.0.conv`));
      level++;
      layer = 0;
    } else {
      rules.push(...resnet(`${from}.0`, `${to}.resnets.${layer}`));
      rules.push(prefixRule(`${from}.1`, `${to}.attentions.${layer}`));
      layer++;
    }
  }
  return rules;
}

function outputBlocks(has: (prefix: string) => boolean): NameRule[] {
  const rules: NameRule[] = [];
  let level = 0;
  let layer = 0;
  for (let block = 0; has(`output_blocks.${block}`); block++) {
    const from = `output_blocks.${block}`;
    const to = `up_blocks.${level}`;
    const upsampler = [`${from}.1.conv`, `${from}.2.conv`].find(has);
    if (upsampler) rules.push(prefixRule(upsampler, `${to}.upsamplers.0.conv`));
    rules.push(...resnet(`${from}.0`, `${to}.resnets.${layer}`));
    rules.push(prefixRule(`${from}.1`, `${to}.attentions.${layer}`));
    layer++;
    if (upsampler) {
      level++;
      layer = 0;
    }
  }
  return rules;
}

function resnet(from: string, to: string): NameRule[] {
  return [
    prefixRule(`${from}.in_layers.0`, `${to}.norm1`),
    prefixRule(`${from}.in_layers.2`, `${to}.conv1`),
    prefixRule(`${from}.emb_layers.1`, `${to}.time_emb_proj`),
    prefixRule(`${from}.out_layers.0`, `${to}.norm2`),
    prefixRule(`${from}.out_layers.3`, `${to}.conv2`),
    prefixRule(`${from}.skip_connection`, `${to}.conv_shortcut`),
  ];
}
