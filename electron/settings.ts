import { type Settings, zSettings } from './ipc/contract.ts';
import { JsonFile } from './json-file.ts';
import { Emitter } from './lifetime.ts';

const DEFAULTS: Omit<Settings, 'resultsFolder'> = {
  theme: 'dark',
  modelFolders: [],
  device: 'auto',
  cacheClearing: 'auto',
  memoryLimitBytes: null,
  keptFreeBytes: null,
  extendStrategy: 'kSameAsRequested',
};

const zChanges = zSettings.partial();

/** The person's settings: what differs from the defaults is kept in a file. */
export class SettingsStore {
  readonly onChange = new Emitter<Settings>();
  private readonly file: JsonFile<Partial<Settings>>;
  private readonly resultsFolder: string;
  private changes: Partial<Settings> = {};

  /** @param resultsFolder where pictures go by default */
  constructor(filePath: string, resultsFolder: string) {
    this.file = new JsonFile(filePath, zChanges);
    this.resultsFolder = resultsFolder;
  }

  get current(): Settings {
    return { ...DEFAULTS, resultsFolder: this.resultsFolder, ...this.changes };
  }

  /** Reads the file; answers what was wrong with it, in words, or null. The defaults then stand. */
  async load(): Promise<string | null> {
    const { value, problem } = await this.file.read();
    this.changes = value ?? {};
    return problem && `The settings are back at their defaults: ${problem}`;
  }

  /**
   * Takes changes over and writes them.
   * @throws where they cannot be written; they hold until Headroom ends all the same
   */
  async change(changes: Partial<Settings>): Promise<Settings> {
    this.changes = { ...this.changes, ...changes };
    this.onChange.emit(this.current);
    await this.file.write(this.changes);
    return this.current;
  }
}
