/** Puts the functions of oftc_torch that a printed layer calls into its own file. */

/** The texts of the Python package oftc_torch by their paths in it, such as `tuner/base.py`. */
export type PythonTexts = Readonly<Record<string, string>>;

/** The paths of the modules directly in a folder of the package, in order; `''` is the package itself. */
export const modulesIn = (python: PythonTexts, folder: string): string[] =>
  Object.keys(python)
    .filter((path) => path.slice(0, path.lastIndexOf('/') + 1) === (folder && `${folder}/`))
    .sort();

/** A function, a class or a constant at the top of a module. */
export interface Definition {
  readonly name: string;
  readonly text: string;
  /** The lines of the module that import what it uses. */
  readonly imports: readonly string[];
}

/** The definitions in the package's own modules, by name. Names are unique, because __init__.py imports them all. */
const definitionsIn = (python: PythonTexts): Map<string, Definition> =>
  new Map(
    modulesIn(python, '')
      .filter((f) => f !== '__init__.py')
      .flatMap((f) => definitionsOf(python[f]!).map((d) => [d.name, d])),
  );

/** The definitions at the top of a module, in their order. */
export function definitionsOf(text: string): Definition[] {
  const imports = text.split('\n').filter((l) => /^(import|from) (?!\.)/.test(l));
  // A definition begins at the margin and ends before the next one. Decorators and comments belong to it.
  const starts = [
    ...text.matchAll(/^(?:(?:@|#).*\n)*(?:def|class) (\w+)|^(?:#.*\n)*([A-Za-z_]\w*)(?:: [^=\n]+)? = /gm),
  ];
  return starts.map((m, n) => ({
    name: (m[1] ?? m[2])!,
    text: text.slice(m.index, starts[n + 1]?.index).trimEnd(),
    imports,
  }));
}

/** The names of definitions that a text calls or reads, outside of attributes. */
const usedIn = (text: string, known: ReadonlyMap<string, Definition>): string[] => {
  const calls = [...text.matchAll(/(?<![\w.])([A-Za-z_]\w*)\(/g)].map(([, name]) => name!);
  const constants = [...text.matchAll(/(?<![\w.])(_?[A-Z][A-Z_]+)\b/g)].map(([, name]) => name!);
  return [...calls, ...constants].filter((name) => known.has(name));
};

const isConstant = (name: string): boolean => /^_?[A-Z][A-Z_]+$/.test(name);

/** A name that is the file's own. */
const own = (name: string): string => (name.startsWith('_') ? name : `_${name}`);

/**
 * The text of a layer that imports oftc_torch, as one that needs PyTorch alone. What it calls stands before it, under
 * names with an underscore.
 */
export function standalone(layer: string, python: PythonTexts): string {
  const known = definitionsIn(python);
  const needed = new Set<string>();
  const take = (name: string): void => {
    if (needed.has(name)) return;
    needed.add(name);
    const definition = known.get(name);
    if (!definition) throw new Error(`oftc_torch has no ${name}`);
    usedIn(definition.text, known).forEach(take);
  };
  for (const [, name] of layer.matchAll(/\boftc_torch\.(\w+)/g)) take(name!);
  const taken = [...known.values()].filter((d) => needed.has(d.name));
  const renamed = (text: string): string =>
    usedIn(text, known).reduce(
      (t, name) =>
        t.replace(new RegExp(`(?<![\\w.])${name}${isConstant(name) ? '\\b' : '(?=\\()'}`, 'g'), own(name)),
      text.replace(/^(def|class) (\w+)/m, (_, kind, name) => `${kind} ${own(name)}`),
    );
  const [head, body] = layer.split(/^from \. import oftc_torch\n|^import oftc_torch\n/m) as [string, string];
  const isImport = (l: string): boolean => /^(import|from) /.test(l);
  const lines = head.split('\n');
  const needs = taken.flatMap((d) => d.imports.filter((l) => uses(d.text, l)));
  return [
    lines
      .filter((l) => !isImport(l))
      .join('\n')
      .trimEnd(),
    ...importGroups([...lines.filter(isImport), ...needs]),
    `\n${taken.map((d) => renamed(d.text)).join('\n\n\n')}`,
    `\n${body.replace(/\boftc_torch\.(\w+)/g, (_, name: string) => own(name)).trim()}\n`,
  ].join('\n\n');
}

/** Lines of imports as blocks: Python's own modules, installed packages, and modules beside this one. */
export function importGroups(lines: readonly string[]): string[] {
  const all = merged(lines);
  const beside = all.filter((l) => l.startsWith('from .'));
  const installed = all.filter((l) => /^(import|from) (torch|peft)\b/.test(l));
  const others = all.filter((l) => !installed.includes(l) && !beside.includes(l));
  return [others, installed, beside].filter((group) => group.length > 0).map((group) => group.join('\n'));
}

/** Lines of imports, each module once: plain ones first, and those of names with all of them. */
function merged(lines: readonly string[]): string[] {
  const names = new Map<string, Set<string>>();
  const plain = new Set<string>();
  for (const l of lines) {
    const [, module, list] = /^from (\S+) import (.*)$/.exec(l) ?? [];
    if (module === undefined) plain.add(l);
    else names.set(module, new Set([...(names.get(module) ?? []), ...list!.split(',').map((n) => n.trim())]));
  }
  const from = [...names].map(([module, all]) => `from ${module} import ${[...all].sort().join(', ')}`);
  return [...[...plain].sort(), ...from.sort()];
}

/** Whether a text uses a name that a line imports. */
const uses = (text: string, line: string): boolean => {
  const names = /import (.*)$/
    .exec(line)![1]!
    .split(',')
    .map((n) => n.trim().split(' as ').at(-1)!);
  return names.some((name) => new RegExp(`\\b${name.split('.')[0]}\\b`).test(text));
};
