import { z } from 'zod';

const zConfig = z.record(z.string(), z.unknown());

/**
 * The alphas that diffusers writes into a LoRA's metadata instead of tensors, `component.lora_alpha` for all layers and
 * `component.alpha_pattern` for some (diffusers: LORA_ADAPTER_METADATA_KEY; peft: LoraConfig).
 *
 * @returns the alpha of a layer by its name in the file, if the metadata say it
 */
export function metadataAlphas(metadata: ReadonlyMap<string, string>): (layer: string) => number | undefined {
  const config = parse(metadata.get('lora_adapter_metadata'));
  return (layer) => {
    const end = layer.indexOf('.');
    const component = layer.slice(0, end);
    const own = zConfig.safeParse(config[`${component}.alpha_pattern`]).data?.[layer.slice(end + 1)];
    const alpha = own ?? config[`${component}.lora_alpha`];
    return typeof alpha === 'number' ? alpha : undefined;
  };
}

function parse(text: string | undefined): Readonly<Record<string, unknown>> {
  if (text === undefined) return {};
  try {
    return zConfig.parse(JSON.parse(text));
  } catch {
    // Other tools may keep something else under that name.
    return {};
  }
}
