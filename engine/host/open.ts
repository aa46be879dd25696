import { HeadroomError } from '../contract/errors.ts';
import type { EngineOptions } from '../contract/protocol.ts';
import type { Engine, EngineHooks } from './engine.ts';

/** The engine over real models and devices. */
export async function openEngine(_options: EngineOptions, _hooks: EngineHooks): Promise<Engine> {
  throw new HeadroomError('internal', 'The engine is being built.');
}
