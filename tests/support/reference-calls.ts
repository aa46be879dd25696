import type { Dialect } from '../../engine/layers/dialect.ts';
import { parseClipTextConfig } from '../../engine/models/clip/config.ts';
import { buildClipTextEncoder } from '../../engine/models/clip/graph.ts';
import { parseFluxConfig } from '../../engine/models/flux/config.ts';
import { buildFluxTransformer } from '../../engine/models/flux/graph.ts';
import { packLatents } from '../../engine/models/flux/packing.ts';
import { rotaryInputs } from '../../engine/models/flux/positions.ts';
import { parseT5Config } from '../../engine/models/t5/config.ts';
import { buildT5Encoder } from '../../engine/models/t5/graph.ts';
import { parseUnetConfig } from '../../engine/models/unet/config.ts';
import { buildUnet } from '../../engine/models/unet/graph.ts';
import { parseVaeConfig } from '../../engine/models/vae/config.ts';
import { buildVaeDecoder, buildVaeEncoder } from '../../engine/models/vae/graph.ts';
import type { OnnxModel } from '../../engine/onnx/graph-builder.ts';
import { type Tensor, tensor } from '../../engine/tensor/tensor.ts';
import { WeightView } from '../../engine/weights/weight-view.ts';
import type { ReferenceNetwork } from './networks.ts';

/** A recorded call of a network: its graph, what it is given, and what diffusers or transformers made of it. */
export interface ReferenceCall {
  readonly model: OnnxModel;
  readonly inputs: Record<string, Tensor>;
  /** The output that was recorded. */
  readonly output: string;
  readonly expected: Float32Array;
}

/** The recorded calls of a network of tests/reference/networks, with the graphs of a dialect. */
export function referenceCalls(network: ReferenceNetwork, dialect: Dialect): ReferenceCall[] {
  const weights = WeightView.open(network.path);
  const { config, name } = network;
  const expected = (output: string) => network.output(output);
  switch (name.split('_')[0]) {
    case 'unet': {
      const inputs = { ...network.inputs, timestep: number(name === 'unet_inpaint' ? 0.5 : 741) };
      const model = buildUnet(parseUnetConfig(config, name), weights, dialect);
      return [{ model, inputs, output: 'prediction', expected: expected('prediction') }];
    }
    case 'vae': {
      const parsed = parseVaeConfig(config, name);
      const encoder = buildVaeEncoder(parsed, weights, dialect);
      const decoder = buildVaeDecoder(parsed, weights, dialect);
      const { sample, latents } = network.inputs as { sample: Tensor; latents: Tensor };
      return [
        { model: encoder, inputs: { sample }, output: 'mean', expected: expected('mean') },
        { model: decoder, inputs: { latents }, output: 'image', expected: expected('image') },
      ];
    }
    case 'clip': {
      const model = buildClipTextEncoder(parseClipTextConfig(config, name), weights, dialect);
      return [{ model, inputs: { input_ids: network.inputIds }, output: 'hidden_states', expected: expected('last') }];
    }
    case 't5': {
      const model = buildT5Encoder(parseT5Config(config, name), weights, dialect);
      return [{ model, inputs: { input_ids: network.inputIds }, output: 'hidden_states', expected: expected('last') }];
    }
    case 'flux': {
      const model = buildFluxTransformer(parseFluxConfig(config, name), weights, dialect);
      const latents = network.input('latents');
      const prediction = packLatents(tensor('float32', latents.dims, expected('prediction')));
      return [{ model, inputs: fluxInputs(network), output: 'prediction', expected: prediction.data }];
    }
    default:
      throw new Error(`${name} is no network that is known here`);
  }
}

/** What a recorded transformer of FLUX is called with: timestep 750, guidance 3.5 where it has one. */
export function fluxInputs(network: ReferenceNetwork): Record<string, Tensor> {
  const config = parseFluxConfig(network.config, network.name);
  const { latents: _, ...given } = network.inputs;
  const latents = network.input('latents');
  const [, , height, width] = latents.dims as [number, number, number, number];
  const textTokens = network.input('encoder_hidden_states').dims[1] as number;
  return {
    ...given,
    sample: packLatents(latents),
    timestep: number(750),
    ...(config.guidance_embeds ? { guidance: number(3.5) } : {}),
    ...rotaryInputs(config, { textTokens, height: height / 2, width: width / 2 }),
  };
}

function number(value: number): Tensor {
  return tensor('float32', [1], Float32Array.of(value));
}
