import { HeadroomError } from '../../contract/errors.ts';
import type { ComponentRecord, TextEncoderRecord } from '../family.ts';
import type { ModelSource } from './source.ts';

/**
 * A model with some of its parts from elsewhere. A VAE that comes alone scales latents as the model's own does.
 *
 * @param parts sources by the folder that diffusers keeps such a part in
 */
export function withParts(model: ModelSource, parts: ReadonlyMap<string, ModelSource>): ModelSource {
  const partFor = ({ folder }: ComponentRecord) => parts.get(folder);
  return {
    ...model,
    has: (component) => partFor(component) !== undefined || model.has(component),
    network(component) {
      const part = partFor(component);
      if (!part) return model.network(component);
      checkPart(part, component);
      const network = part.network(component);
      if (component.folder !== 'vae' || part.pipelineClass !== undefined) return network;
      return { ...network, config: { ...(network.config as object), ...model.latentScaling } };
    },
    tokenizer: (encoder) => (partFor(encoder) ?? model).tokenizer(encoder),
  };
}

/** @throws HeadroomError `model`, at the field that the part was chosen in */
function checkPart(part: ModelSource, component: ComponentRecord): void {
  const { folder, name } = component;
  const place = { field: folder };
  if (!part.has(component)) {
    throw new HeadroomError('model', `${part.path} holds no ${name}: choose another in the field ${folder}.`, {
      place,
    });
  }
  const { tokenizer } = component as Partial<TextEncoderRecord>;
  if (!tokenizer) return;
  const isT5 = (part.network(component).config as { model_type?: unknown } | null)?.model_type === 't5';
  if (isT5 === (tokenizer.kind === 't5')) return;
  const [found, wanted] = isT5 ? ['a T5', 'a CLIP'] : ['a CLIP', 'a T5'];
  const message = `The ${name} of this model is ${wanted} text encoder, but ${part.path} holds ${found} text encoder.`;
  throw new HeadroomError('model', message, { place });
}
