import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Dialect } from '../../engine/layers/dialect.ts';
import { parseClipTextConfig } from '../../engine/models/clip/config.ts';
import { buildClipTextEncoder } from '../../engine/models/clip/graph.ts';
import { parseFluxConfig } from '../../engine/models/flux/config.ts';
import { buildFluxTransformer } from '../../engine/models/flux/graph.ts';
import { parseT5Config } from '../../engine/models/t5/config.ts';
import { buildT5Encoder } from '../../engine/models/t5/graph.ts';
import { parseUnetConfig } from '../../engine/models/unet/config.ts';
import { buildUnet } from '../../engine/models/unet/graph.ts';
import { parseVaeConfig } from '../../engine/models/vae/config.ts';
import { buildVaeDecoder } from '../../engine/models/vae/graph.ts';
import type { OnnxModel } from '../../engine/onnx/graph-builder.ts';
import { WeightView } from '../../engine/weights/weight-view.ts';
import type { ReferenceCall } from './reference.ts';

interface Which {
  readonly model: ReferenceCall['model'] | 'starter';
  readonly component: ReferenceCall['component'];
}

/** The graph of a component as its family builds it. @param folder where the models are */
export function buildNetwork(folder: string, { model, component }: Which, dialect: Dialect): OnnxModel {
  const inside = join(folder, model, component);
  const path = join(inside, 'config.json');
  const config: unknown = JSON.parse(readFileSync(path, 'utf8'));
  const weights = WeightView.open(weightFile(inside));
  switch (component) {
    case 'unet':
      return buildUnet(parseUnetConfig(config, path), weights, dialect);
    case 'transformer':
      return buildFluxTransformer(parseFluxConfig(config, path), weights, dialect);
    case 'vae':
      return buildVaeDecoder(parseVaeConfig(config, path), weights, dialect);
    case 'text_encoder':
    case 'text_encoder_2': {
      if (model === 'flux' && component === 'text_encoder_2') {
        return buildT5Encoder(parseT5Config(config, path), weights, dialect);
      }
      const parsed = parseClipTextConfig(config, path);
      if (model !== 'sdxl') return buildClipTextEncoder(parsed, weights, dialect);
      const options = { skipLayers: 1, finalNorm: false } as const;
      const pooled = component === 'text_encoder_2' ? ({ pooled: 'projected' } as const) : {};
      return buildClipTextEncoder(parsed, weights, dialect, { ...options, ...pooled });
    }
  }
}

export function weightFile(folder: string): string {
  const [first, second] = ['diffusion_pytorch_model', 'model'].map((name) => join(folder, `${name}.safetensors`));
  return existsSync(first as string) ? (first as string) : (second as string);
}

/** What PyTorch calls a result of a component. */
export function recordedName({ model }: Which, output: string): string {
  if (output !== 'hidden_states') return output;
  return model === 'sdxl' ? 'penultimate' : 'last';
}
