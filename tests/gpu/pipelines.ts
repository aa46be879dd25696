import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readReferenceJson } from '../support/fixtures.ts';
import { writeTokenizer } from '../support/pipelines.ts';

/** The published models that reference.py's have the size of, by the names in tests/reference/layouts/published.json. */
const PUBLISHED = { sd15: 'sd1', sdxl: 'sdxl', flux: 'flux_dev' } as const;
export type FullSizeModel = keyof typeof PUBLISHED;

interface Published {
  readonly pipeline: string;
  readonly scheduler: object;
}

/** Makes the networks that reference.py wrote into diffusers folders that the engine opens. @returns those there are */
export function completePipelines(folder: string): FullSizeModel[] {
  const names = (Object.keys(PUBLISHED) as FullSizeModel[]).filter((name) => existsSync(join(folder, name, 'vae')));
  const published = readReferenceJson<Record<string, Published>>('layouts/published.json');
  for (const name of names) {
    const { pipeline, scheduler } = published[PUBLISHED[name]] as Published;
    const inside = join(folder, name);
    writeFileSync(join(inside, 'model_index.json'), JSON.stringify({ _class_name: pipeline }));
    mkdirSync(join(inside, 'scheduler'), { recursive: true });
    writeFileSync(join(inside, 'scheduler/scheduler_config.json'), JSON.stringify(scheduler));
    writeTokenizer('clip', join(inside, 'tokenizer'));
    if (name === 'sdxl') writeTokenizer('clip_exclamation', join(inside, 'tokenizer_2'));
    if (name === 'flux') writeTokenizer('t5', join(inside, 'tokenizer_2'));
  }
  return names;
}
