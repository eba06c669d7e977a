import { type ApiDependencies, settingsOf } from './settings.js';

/** Settings of modules by their names, which may be read again while the API serves. */
export class ModuleSettings {
  #listeners: (() => void)[] = [];
  #counting: ReadonlyMap<string, object>;

  constructor(given: Readonly<Record<string, object>>) {
    this.#counting = new Map(Object.entries(given));
  }

  get current(): Readonly<Record<string, object>> {
    return Object.fromEntries(this.#counting);
  }

  /** From now on these count for the module, all of them. Throws what a listener throws: then those from before do. */
  replace(name: string, settings: object): void {
    const before = this.#counting;
    this.#counting = new Map(before).set(name, settings);
    try {
      this.#tell();
    } catch (error) {
      this.#counting = before;
      this.#tell();
      throw error;
    }
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }

  onReplaced(listener: () => void): void {
    this.#listeners.push(listener);
  }
}

/**
 * Keeps in step with a module's settings what is made of them, such as a table of tokens: gives that of the moment.
 * What was made last goes on counting where making it anew throws, and whoever replaced them is told.
 */
export function madeOfSettings<Settings extends object, Made>(
  name: string,
  defaults: Settings,
  { settings, moduleSettings }: Pick<ApiDependencies, 'settings' | 'moduleSettings'>,
  make: (settings: Settings) => Made,
): () => Made {
  const anew = () => make(settingsOf(name, defaults, moduleSettings ? { modules: moduleSettings.current } : settings));
  let made = anew();
  moduleSettings?.onReplaced(() => {
    made = anew();
  });
  return () => made;
}
