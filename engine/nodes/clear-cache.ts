import { defineNode } from './define.ts';
import { connection, passedOn } from './ports.ts';

/** Frees memory at this point of the workflow. */
export const clearCache = defineNode({
  type: 'clear_cache',
  version: 1,
  title: 'Clear Cache',
  category: 'Memory',
  description:
    'Frees the models and results that are kept in memory but not in use, then gives its input on unchanged.',
  keywords: ['free', 'vram', 'memory', 'unload', 'purge'],
  inputs: { value: connection('any', { title: 'Anything' }) },
  outputs: { value: passedOn('value', 'The same') },
  transparent: true,
  async run(context, { value }) {
    const { evicted, freedBytes } = await context.clearCache();
    const what = evicted.length > 0 ? evicted.join(', ') : 'nothing that could be freed was loaded';
    context.progress('load', 1, `freed ${(freedBytes / 2 ** 20).toFixed(0)} MiB: ${what}`);
    return { value };
  },
});
