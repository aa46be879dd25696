import type { ComponentRecord } from '../families/family.ts';
import type { Model } from '../families/model.ts';
import { componentSource } from './component-source.ts';
import type { Ladder } from './ladder.ts';
import { breathe, type Stage } from './stage.ts';

/**
 * Loads the networks of a run at the same time, before the first of them is run, where all of them stay in memory. A network that
 * has to be prepared first is left to its turn, when the person is told how far that is.
 *
 * @param encoders the text encoders that are to be run
 */
export async function loadSideBySide(
  model: Model,
  encoders: readonly ComponentRecord[],
  stage: Stage,
  ladder: Ladder,
): Promise<void> {
  const resident = ladder.allResident();
  if (!resident) return;
  const { dialect } = stage.environment;
  // The largest first: nothing else takes as long.
  const networks = [...resident.networks, ...encoders.map((component) => ({ component, dialect }))];
  const sources = networks.map((network) =>
    componentSource(stage, model, network.component, { dialect: network.dialect }),
  );
  await stage.environment.components.loadSideBySide(sources, resident.bytes, async () => {
    stage.progress('load', 0, `loading ${model.title}`);
    await breathe(stage);
  });
}
