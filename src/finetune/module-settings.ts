/**
 * Settings that name modules. IA³ scales the inputs of some modules and the outputs of others, so its `feedforward` may
 * be the modules on which it is true, as PEFT's `feedforward_modules` are: `down_proj`, or `fc1+fc2`.
 */
import { OftcError } from '../../compiler/errors/error.ts';

export type Settings = Readonly<Record<string, string | number | boolean>>;

/** The settings, true or false on a module, that may name modules. */
const NAMING: readonly string[] = ['feedforward'];
const SEPARATOR = '+';

/** Whether a setting's text names modules. */
export const namesModules = (key: string, text: string): boolean =>
  NAMING.includes(key) && text.split(SEPARATOR).every((name) => /^\w[\w.]*$/.test(name));

/** The text that names modules by the ends of their paths. */
const named = (names: Iterable<string>): string => [...new Set(names)].join(SEPARATOR);

/** The names in a setting; none where it is true or false. */
const namesIn = (value: unknown): readonly string[] =>
  typeof value === 'string' ? value.split(SEPARATOR) : [];

const isAt = (module: string, end: string): boolean => module === end || module.endsWith(`.${end}`);

/** The settings on a module, whose path is given, or those of a module that none names. */
export function settingsOn<S extends object>(settings: S, module = ''): S {
  const on = { ...settings } as Record<string, unknown>;
  for (const key of NAMING)
    if (typeof on[key] === 'string') on[key] = namesIn(on[key]).some((end) => isAt(module, end));
  return on as S;
}

/** Throws OFT1044 for a setting that names a module which the adapter is not on. */
export function checkNamed(settings: object | undefined, modules: readonly string[]): void {
  for (const key of NAMING)
    for (const end of namesIn((settings as Settings | undefined)?.[key])) {
      if (modules.some((m) => isAt(m, end))) continue;
      const on = [...new Set(modules.map((m) => m.split('.').at(-1)!))].join(', ');
      throw new OftcError(
        'OFT1044',
        `configuration '${key}' names '${end}', and the adapter is on ${on}: name some of these, joined by '${SEPARATOR}', or add ${end} to the targets`,
      );
    }
}

/** A module of an adapter, as PEFT's fields mean it. */
interface Configured {
  readonly path: string;
  readonly layer: string;
  readonly config: Settings;
}

/**
 * The settings that all modules share, where those that may name modules name the last words of the paths on which they
 * are true. Undefined where modules of one last word differ, or other settings do. `fewerOutputs` is none of them: the
 * model determines which modules have fewer outputs than inputs.
 */
export function sharedSettings(all: readonly Configured[]): Settings | undefined {
  const modules = all.map(({ config: { fewerOutputs: _, ...config }, ...m }) => ({ ...m, config }));
  const [first] = modules;
  if (!first) return undefined;
  const shared: Record<string, string | number | boolean> = { ...first.config };
  for (const key of NAMING) {
    const on = modules.filter((m) => m.config[key] === true);
    if (on.length > 0 && on.length < modules.length)
      shared[key] = named(on.map((m) => m.path.split('.').at(-1)!));
  }
  const text = (layer: string, settings: Settings) => JSON.stringify([layer, settings]);
  const isShared = (m: Configured) =>
    text(m.layer, m.config) === text(first.layer, settingsOn(shared, m.path));
  return modules.every(isShared) ? shared : undefined;
}
