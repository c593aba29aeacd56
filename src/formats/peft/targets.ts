/**
 * Determines the modules that a configuration adapts. Source: PEFT, tuners_utils.py, `check_target_module_exists`.
 */
import { aboveLimit, type Limit, limits } from '../../../compiler/limits.ts';
import { checkLimit, FormatError } from '../error.ts';
import { DeadlinePassed } from '../patterns/deadline.ts';
import type { Detail } from '../patterns/linear.ts';
import { type Search, searchBy } from '../patterns/search.ts';
import { shown } from '../safetensors/error.ts';
import type { Fields } from './fields.ts';

export type IsTargeted = (module: string) => boolean;

/** The word for all linear layers, which PEFT compares in lower case. */
const ALL_LINEAR = 'all-linear';

/**
 * Makes the test whether the module at a path is adapted. `all-linear` means every module but `others`: the output
 * layer, and modules that are not linear. Throws InvalidAdapter without target_modules, or for a combination that PEFT
 * refuses; UnsupportedOption for a regular expression that means something else in JavaScript.
 */
export function targeting(fields: Fields, others: readonly string[]): IsTargeted {
  const { target_modules: targets, exclude_modules: excluded } = fields.common;
  if (targets === null || targets === undefined) {
    throw new FormatError(
      'InvalidAdapter',
      { file: fields.file, name: 'target_modules' },
      'it is missing, and PEFT would choose by architecture',
      'Write the modules into it that the adapter is on.',
    );
  }
  const isExcluded = matcher(excluded ?? [], fields, 'exclude_modules');
  const isMeant =
    typeof targets === 'string' && targets.toLowerCase() === ALL_LINEAR
      ? (module: string) => !others.includes(module)
      : matcher(targets, fields, 'target_modules');
  const inLayer = layerFilter(fields);
  return (module) => !isExcluded(module) && isMeant(module) && inLayer(module);
}

/**
 * Makes the test of module paths by a list of whole paths or their ends, or by a regular expression for the whole
 * path.
 */
function matcher(of: string | readonly string[], fields: Fields, name: string): IsTargeted {
  if (typeof of !== 'string') {
    const ends = new Set(atMost(of, limits.moduleNames, fields, name));
    return (module) => endsOf(module).some((end) => ends.has(end));
  }
  const whole = modulePattern(of, `(?:${of})$`, fields, name);
  return (module) => whole.test(module);
}

/** A path, and its ends after each dot. */
const endsOf = (path: string): string[] => {
  const parts = path.split('.');
  return parts.map((_, i) => parts.slice(i).join('.'));
};

function atMost<T>(list: readonly T[], limit: Limit, fields: Fields, name: string): readonly T[] {
  checkLimit(
    list.length,
    limit,
    'InvalidAdapter',
    { file: fields.file, name },
    'Name several modules by one end of their paths.',
  );
  return list;
}

/**
 * Makes the test whether `layers_to_transform` has a path's layer: the first number after a name in the path, or after
 * one in `layers_pattern`. A path that target_modules names in full is adapted whatever its layer.
 */
function layerFilter(fields: Fields): IsTargeted {
  const { target_modules: targets, layers_to_transform: layers, layers_pattern: pattern } = fields.common;
  const wanted = typeof layers === 'number' ? [layers] : (layers ?? []);
  atMost(wanted, limits.moduleNames, fields, 'layers_to_transform');
  const patterns = typeof pattern === 'string' ? [pattern] : (pattern ?? []);
  atMost(patterns, limits.modulePatterns, fields, 'layers_pattern');
  const wrong = (problem: string) =>
    new FormatError(
      'InvalidAdapter',
      { file: fields.file, name: 'layers_to_transform' },
      problem,
      'PEFT refuses this too: correct adapter_config.json.',
    );
  if (patterns.some((p) => p !== '') && wanted.length === 0)
    throw wrong('layers_pattern is given, and no layers are');
  if (wanted.length === 0) return () => true;
  if (typeof targets === 'string') throw wrong('target_modules is a text, and layers go with a list only');
  const expressions =
    patterns.length === 0
      ? [searchBy(/^.*?\.[^.]*\.(\d+)\./u, 'groups')]
      : patterns.map((p) => modulePattern(p, `.*?\\.${p}\\.(\\d+)\\.`, fields, 'layers_pattern', 'groups'));
  const [whole, numbers] = [new Set(targets), new Set(wanted)];
  return (module) => {
    if (whole.has(module)) return true;
    const found = expressions.map((e) => e.lastGroup(module)).find((layer) => layer !== undefined);
    return found !== undefined && numbers.has(Number(found));
  };
}

/**
 * Translates a Python regular expression for the start of a module's path to JavaScript. It refuses with
 * UnsupportedOption syntax that differs between the two, and a path that takes too long. `pattern` is the part that
 * the file states, and `whole` contains it.
 */
export function modulePattern(
  pattern: string,
  whole: string,
  fields: Fields,
  name: string,
  detail: Detail = 'found',
): Search {
  const refused = (problem: string, cause?: unknown) =>
    new FormatError(
      'UnsupportedOption',
      { file: fields.file, name, cause },
      problem,
      'Write the modules as a list.',
    );
  if (pattern.length > limits.pattern.most) throw refused(aboveLimit(pattern.length, limits.pattern));
  const translated = whole
    .replaceAll('(?P<', '(?<')
    .replaceAll(/\(\?P=(\w+)\)/g, '\\k<$1>')
    // An escaped sign means itself; JavaScript's `u` mode allows only some.
    .replaceAll(/\\([^A-Za-z0-9\s])/gu, (_, sign: string) => `\\u{${sign.codePointAt(0)!.toString(16)}}`);
  const search = made(() => searchBy(new RegExp(`^(?:${translated})`, 'u'), detail));
  const asked = <T>(module: string, ask: () => T): T => {
    try {
      return ask();
    } catch (cause) {
      if (!(cause instanceof DeadlinePassed)) throw cause;
      throw refused(`${shown(pattern)} takes too long on ${shown(module)}`, cause);
    }
  };
  return {
    test: (module) => asked(module, () => search.test(module)),
    lastGroup: (module) => asked(module, () => search.lastGroup(module)),
  };

  function made<T>(make: () => T): T {
    try {
      // `u` refuses syntax that it does not know: \A and \Z, (?i), possessive quantifiers.
      return make();
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw refused(`${shown(pattern)} is not a regular expression of JavaScript (${why})`, cause);
    }
  }
}
