/** Puts what added methods share into the files of one method, which then needs PyTorch and PEFT alone. */
import { importGroups, type PythonTexts, standalone } from '../standalone.ts';

/** The files of oftc_torch/tuner that each file of a method takes in. */
const SHARED = {
  'config.py': ['config.py'],
  'layer.py': ['base.py', 'layer.py'],
  'model.py': ['model.py'],
  '__init__.py': ['registration.py'],
} as const;

/** The files of an added method without those beside them. */
export function aloneTexts(
  texts: Readonly<Record<string, string>>,
  python: PythonTexts,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(SHARED).map(([file, shared]) => {
      const modules = shared.map((f) => python[`tuner/${f}`]!);
      return [file, joined(texts[file]!, modules, python)];
    }),
  );
}

/** A module's imports, and what follows them. */
interface Module {
  /** The comments and the docstring before the imports. */
  readonly head: string;
  readonly imports: readonly string[];
  readonly body: string;
}

function moduleOf(text: string): Module {
  const lines = text.split('\n');
  const isImport = (l: string) => /^(import|from) /.test(l);
  const first = lines.findIndex(isImport);
  const last = lines.findLastIndex(isImport);
  return {
    head: lines.slice(0, first).join('\n').trim(),
    imports: lines.filter(isImport),
    body: lines
      .slice(last + 1)
      .join('\n')
      .trim(),
  };
}

/** A file of a method after the modules that it takes in. */
function joined(text: string, modules: readonly string[], python: PythonTexts): string {
  const own = moduleOf(text);
  const shared = modules.map(moduleOf);
  // Functions of oftc_torch, which tuner imports from the folder above it, are called as a printed layer calls them.
  const above = shared.flatMap((m) =>
    m.imports.flatMap((l) => /^from \.\.\w+ import (.*)$/.exec(l)?.slice(1) ?? []),
  );
  const body = [...shared.map((m) => m.body), own.body].join('\n\n\n');
  const called = above
    .flatMap((names) => names.split(', '))
    .reduce((t, name) => t.replaceAll(new RegExp(`(?<![\\w.])${name}\\(`, 'g'), `oftc_torch.${name}(`), body);
  const imports = [...own.imports, ...shared.flatMap((m) => m.imports)].filter(
    (l) => !/^from \.(?:\.|base | import|oftc_torch)/.test(l),
  );
  const needs = /\boftc_torch\./.test(called);
  const whole = [
    own.head,
    ...importGroups(imports),
    ...(needs ? ['from . import oftc_torch'] : []),
    `\n${called}\n`,
  ].join('\n\n');
  return needs ? standalone(whole, python) : whole;
}
