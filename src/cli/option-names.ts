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
  dtype: 'activations',
  'torch-dtype': 'activations',
  precision: 'activations',
};

/** Names of an option for a file that a command writes to. */
const OUTPUT = /^--?(o|out|output|output-file)$/;

/** The commands that print what they make. */
const PRINTING: readonly (string | undefined)[] = ['explain', 'check', 'rewrite', 'inspect', 'eval'];

/** The options of a command line that the command does not have, in their order. */
export function unknownOptions(argv: readonly string[], known: readonly string[]): string[] {
  const end = argv.indexOf('--');
  const given = (end < 0 ? argv : argv.slice(0, end)).filter((a) => /^--\w|^-[a-z]$/i.test(a));
  return [...new Set(given.map((a) => a.replace(/=.*$/s, '')))].filter((a) => !known.includes(a));
}

/** The message for all unknown options of a command line at once. */
export function aboutUnknown(
  unknown: readonly string[],
  argv: readonly string[],
  known: readonly string[],
): string {
  const named = unknown.flatMap((option) => {
    const meant = inPlaceOf(option, known) ?? printing(option, argv) ?? trained(option, known);
    return meant === undefined ? [] : [`${option} is ${meant}`];
  });
  const here = named.length === 0 ? '' : `; here ${named.join(', and ')}`;
  const all =
    named.length === unknown.length
      ? ''
      : `; ${argv[0]} has ${known.filter((o) => o.startsWith('--')).join(', ')}`;
  const options = unknown.map((o) => `'${o}'`).join(', ');
  return `unknown option${unknown.length === 1 ? '' : 's'} ${options}${here}${all}`;
}

/** The option of a command that an unknown one most likely means. */
export function inPlaceOf(option: string, known: readonly string[]): string | undefined {
  const name = option.replace(/^--?/, '').toLowerCase().replaceAll('_', '-');
  const other = `--${Object.hasOwn(ELSEWHERE, name) ? ELSEWHERE[name] : name}`;
  if (known.includes(other)) return other;
  if (OUTPUT.test(option)) return known.find((o) => /^--out(put)?$/.test(o));
  return option.startsWith('--') ? nearest(option, known) : undefined;
}

/** The way to give what a trainer elsewhere has an option for, and a command that trains has not. */
function trained(option: string, known: readonly string[]): string | undefined {
  if (!known.includes('--steps')) return undefined;
  if (/^--(num[-_]train[-_])?epochs$/.test(option))
    return '--steps: an epoch is as many steps as there are sequences, divided by --batch and --accumulate';
  return /^--(r|rank|alpha|lora[-_](r|rank|alpha)|block|oft[-_]block[-_]size)$/.test(option)
    ? 'a size or a setting of the method, such as --set r=8 of lora and --set b=8 of oft'
    : undefined;
}

/** The redirection that takes the place of an output option, for a command that prints what it makes. */
function printing(option: string, argv: readonly string[]): string | undefined {
  if (!OUTPUT.test(option) || !PRINTING.includes(argv[0])) return undefined;
  const at = argv.findIndex((a) => a.replace(/=.*$/s, '') === option);
  const own = argv[at]!.includes('=') ? argv[at]!.replace(/^.*?=/s, '') : argv[at + 1];
  const rest = argv.filter((_, i) => i !== at && (i !== at + 1 || argv[at]!.includes('=')));
  return `a redirection, because ${argv[0]} prints what it makes: oftc ${rest.join(' ')} > ${own ?? 'FILE'}`;
}
