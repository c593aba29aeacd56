/** Translates options that a command does not have: those of PEFT and of Transformers' trainer, and misspelt ones. */
import { nearest } from '../../compiler/errors/nearest.ts';

/** The option here, by the argument's name in PEFT or in Transformers. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  'adapter-name': 'adapter',
  'peft-type': 'adapter',
  'peft-method': 'adapter',
  method: 'adapter',
  'target-modules': 'targets',
  'model-name-or-path': 'model',
  'base-model': 'model',
  'model-id': 'model',
  dataset: 'data',
  'train-file': 'data',
  'dataset-name': 'data',
  'output-dir': 'out',
  'learning-rate': 'lr',
  'max-steps': 'steps',
  'per-device-train-batch-size': 'batch',
  'batch-size': 'batch',
  'gradient-accumulation-steps': 'accumulate',
  'max-grad-norm': 'clip',
  'warmup-steps': 'warmup',
  'lr-scheduler-type': 'schedule',
  'max-seq-length': 'length',
  'max-length': 'length',
  'block-size': 'length',
  'eval-steps': 'eval-every',
  'save-steps': 'save-every',
  'max-new-tokens': 'tokens',
  'resume-from-checkpoint': 'resume',
};

/** The options of a command line that the command does not have, in their order. */
export function unknownOptions(argv: readonly string[], known: readonly string[]): string[] {
  const end = argv.indexOf('--');
  const given = (end < 0 ? argv : argv.slice(0, end)).filter((a) => /^--\w/.test(a));
  return [...new Set(given.map((a) => a.replace(/=.*$/s, '')))].filter((a) => !known.includes(a));
}

/** The message for all unknown options of a command line at once. */
export function aboutUnknown(unknown: readonly string[], command: string, known: readonly string[]): string {
  const named = unknown.flatMap((option) => {
    const meant = inPlaceOf(option, known);
    return meant === undefined ? [] : [`${option} is ${meant}`];
  });
  const here = named.length === 0 ? '' : `; here ${named.join(', and ')}`;
  const all = named.length === unknown.length ? '' : `; ${command} has ${known.join(', ')}`;
  const options = unknown.map((o) => `'${o}'`).join(', ');
  return `unknown option${unknown.length === 1 ? '' : 's'} ${options}${here}${all}`;
}

function inPlaceOf(option: string, known: readonly string[]): string | undefined {
  const name = option.slice(2).toLowerCase().replaceAll('_', '-');
  const other = `--${Object.hasOwn(ELSEWHERE, name) ? ELSEWHERE[name] : name}`;
  return known.includes(other) ? other : nearest(option, known);
}
