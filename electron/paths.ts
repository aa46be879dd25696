import path from 'node:path';
import { app } from 'electron';

/** Where everything is: what was shipped, what belongs to this person, what was built. */
export interface AppPaths {
  /** The engine's bundle, and that of the thread which reads its arena. */
  engineEntry: string;
  gaugeProgram: string;
  /** The command line's bundle. */
  commandLine: string;
  preload: string;
  /** The folder of the page. */
  renderer: string;
  resources: string;
  bundledModels: string;
  tokenizers: string;
  defaultWorkflow: string;
  settings: string;
  queue: string;
  window: string;
  /** Where pictures are that documents have named. */
  knownPictures: string;
  previews: string;
  /** Where the engine tells what its arena holds. */
  gauge: string;
  /** Where the engine keeps what it learns about this computer. */
  state: string;
  /** Where pictures go unless the person says otherwise. */
  results: string;
}

export function appPaths(): AppPaths {
  const built = path.join(app.getAppPath(), 'out');
  const resources = app.isPackaged ? process.resourcesPath : path.join(app.getAppPath(), 'resources');
  const userData = app.getPath('userData');
  return {
    engineEntry: path.join(built, 'main', 'engine.cjs'),
    gaugeProgram: path.join(built, 'main', 'gauge-thread.cjs'),
    commandLine: path.join(built, 'main', 'cli.cjs'),
    preload: path.join(built, 'preload', 'preload.cjs'),
    renderer: path.join(built, 'renderer'),
    resources,
    bundledModels: path.join(resources, 'models'),
    tokenizers: path.join(resources, 'tokenizers'),
    defaultWorkflow: path.join(resources, 'workflows', 'text-to-image.json'),
    settings: path.join(userData, 'settings.json'),
    queue: path.join(userData, 'queue.json'),
    window: path.join(userData, 'window.json'),
    knownPictures: path.join(userData, 'known-pictures.json'),
    previews: path.join(userData, 'previews'),
    gauge: path.join(userData, 'engine-gauge'),
    state: path.join(userData, 'engine'),
    results: path.join(app.getPath('pictures'), 'Headroom'),
  };
}
