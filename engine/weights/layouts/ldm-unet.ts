import type { StoredTensor } from '../stored-tensor.ts';
import { type NameRule, prefixRule, renamed } from './name-rules.ts';
import { prefixesOf } from './prefixes.ts';

/** What the original calls a part of the network, and what diffusers calls it. */
type Part = readonly [original: string, diffusers: string];

/** One resolution, on the way down or up. */
interface Level {
  readonly resnets: number;
  readonly attends: boolean;
  readonly changesSize: boolean;
}

interface Levels {
  readonly down: readonly Level[];
  readonly up: readonly Level[];
}

const ENDS: readonly Part[] = [
  ['time_embed.0', 'time_embedding.linear_1'],
  ['time_embed.2', 'time_embedding.linear_2'],
  ['label_emb.0.0', 'add_embedding.linear_1'],
  ['label_emb.0.2', 'add_embedding.linear_2'],
  ['input_blocks.0.0', 'conv_in'],
  ['out.0', 'conv_norm_out'],
  ['out.2', 'conv_out'],
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
  return renamed(tensors, unetRules(tensors));
}

/** The rules for a UNet or the half of one. */
export function unetRules(tensors: readonly StoredTensor[]): NameRule[] {
  const parts = partsOf(originalLevels(below(tensors.map(({ name }) => name))));
  return parts.map(([original, diffusers]) => prefixRule(original, diffusers));
}

/**
 * What the original calls layers that diffusers calls so.
 *
 * @param layers all of a network's, such as `down_blocks.0.resnets.0.conv1`
 * @returns original names by those of diffusers
 */
export function originalUnetNames(layers: readonly string[]): Map<string, string> {
  const parts = partsOf(diffusersLevels(below(layers.map((layer) => `${layer}.`))));
  const pairs = layers.flatMap((layer) => {
    const part = parts.find(([, diffusers]) => `${layer}.`.startsWith(`${diffusers}.`));
    return part ? [[layer, part[0] + layer.slice(part[1].length)] as const] : [];
  });
  return new Map(pairs);
}

type Has = (prefix: string) => boolean;

function below(names: readonly string[]): Has {
  const prefixes = prefixesOf(names);
  return (prefix) => prefixes.has(prefix);
}

function originalLevels(has: Has): Levels {
  const down: Level[] = [];
  const up: Level[] = [];
  let resnets = 0;
  let attends = false;
  const end = (levels: Level[], changesSize: boolean) => {
    levels.push({ resnets, attends, changesSize });
    resnets = 0;
    attends = false;
  };
  for (let block = 1; has(`input_blocks.${block}`); block++) {
    if (has(`input_blocks.${block}.0.op`)) {
      end(down, true);
    } else {
      resnets++;
      attends ||= has(`input_blocks.${block}.1`);
    }
  }
  end(down, false);
  for (let block = 0; has(`output_blocks.${block}`); block++) {
    resnets++;
    attends ||= has(`output_blocks.${block}.1.norm`);
    if (has(`output_blocks.${block}.1.conv`) || has(`output_blocks.${block}.2.conv`)) end(up, true);
  }
  end(up, false);
  return { down, up };
}

function diffusersLevels(has: Has): Levels {
  const levels = (blocks: string, sampler: string): Level[] => {
    const found: Level[] = [];
    for (let level = 0; has(`${blocks}.${level}`); level++) {
      const block = `${blocks}.${level}`;
      let resnets = 0;
      while (has(`${block}.resnets.${resnets}`)) resnets++;
      found.push({ resnets, attends: has(`${block}.attentions`), changesSize: has(`${block}.${sampler}`) });
    }
    return found;
  };
  return { down: levels('down_blocks', 'downsamplers'), up: levels('up_blocks', 'upsamplers') };
}

function partsOf({ down, up }: Levels): Part[] {
  return [
    ...ENDS,
    ...inputBlocks(down),
    ...resnet('middle_block.0', 'mid_block.resnets.0'),
    ['middle_block.1', 'mid_block.attentions.0'],
    ...resnet('middle_block.2', 'mid_block.resnets.1'),
    ...outputBlocks(up),
  ];
}

function inputBlocks(levels: readonly Level[]): Part[] {
  let block = 1;
  return levels.flatMap(({ resnets, changesSize }, level) => {
    const parts = Array.from({ length: resnets }, (_, layer) =>
      layerParts(`input_blocks.${block++}`, `down_blocks.${level}`, layer),
    );
    const sampler: Part[] = changesSize
      ? [[`input_blocks.${block++}.0.op`, `down_blocks.${level}.downsamplers.0.conv`]]
      : [];
    return [...parts.flat(), ...sampler];
  });
}

function outputBlocks(levels: readonly Level[]): Part[] {
  let block = 0;
  return levels.flatMap(({ resnets, attends, changesSize }, level) => {
    const parts = Array.from({ length: resnets }, (_, layer) =>
      layerParts(`output_blocks.${block++}`, `up_blocks.${level}`, layer),
    );
    const last = `output_blocks.${block - 1}.${attends ? 2 : 1}.conv`;
    // Before the attention's own rule, which would take an upsampler's place for an attention's.
    const sampler: Part[] = changesSize ? [[last, `up_blocks.${level}.upsamplers.0.conv`]] : [];
    return [...sampler, ...parts.flat()];
  });
}

function layerParts(original: string, diffusers: string, layer: number): Part[] {
  return [
    ...resnet(`${original}.0`, `${diffusers}.resnets.${layer}`),
    [`${original}.1`, `${diffusers}.attentions.${layer}`],
  ];
}

function resnet(original: string, diffusers: string): Part[] {
  return [
    [`${original}.in_layers.0`, `${diffusers}.norm1`],
    [`${original}.in_layers.2`, `${diffusers}.conv1`],
    [`${original}.emb_layers.1`, `${diffusers}.time_emb_proj`],
    [`${original}.out_layers.0`, `${diffusers}.norm2`],
    [`${original}.out_layers.3`, `${diffusers}.conv2`],
    [`${original}.skip_connection`, `${diffusers}.conv_shortcut`],
  ];
}
