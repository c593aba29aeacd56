/** Command lines that nobody means to write: options twice, without values, of other commands, with hostile values. */
import type { Family } from './cases.ts';
import type { Pick } from './draw.ts';
import { GOOD } from './good-lines.ts';
import { WRITTEN } from './written.ts';

/** Values that an option or argument may be given, none of which names a file of the good ones. */
export const HOSTILE: readonly string[] = [
  ...['', ' ', '-', '--', '---', '-h', '=', '--=', '-\u0301', '--no-', '--no-grad=1', '-ooo', '--\u0130'],
  ...['__proto__', 'constructor', 'toString', 'hasOwnProperty', '__proto__=1', 'constructor.prototype=1'],
  ...[
    '../..',
    '../../../../../../etc/passwd',
    '/etc/shadow',
    '~',
    '~root',
    'file:///etc/passwd',
    'C:\\',
    '\\\\x\\y',
  ],
  ...[
    'http://127.0.0.1:1/x',
    'data:text/javascript,process.exit(9)',
    'node:fs',
    'npm:left-pad',
    '$(touch PWNED)',
  ],
  ...['`touch PWNED`', '; touch PWNED', '| touch PWNED', '%s%n%x', '{{7*7}}', '<img src=x onerror=alert(1)>'],
  ...[
    '\u001b]0;title\u0007',
    '\u001b[2J',
    '\u202etxt.exe',
    '\u0000'.slice(1),
    '\ufeff',
    '\ud83d\ude00'.repeat(50),
  ],
  ...[
    'a'.repeat(4096),
    'a/'.repeat(2000),
    '9'.repeat(400),
    '-1',
    '-0',
    '1e309',
    '0x7fffffffffffffff',
    '1_000',
  ],
  ...['a=b=c', 'b=4,b=4', 'b=4,', ',', ',,,', 'b', '=4', 'b=', 'b=-4', 'b=4.5', 'in=8;out=8', 'tokens=0'],
  ...['null', 'undefined', 'NaN', 'Infinity', 'true', '[]', '{}', '*', '.*', '(a+)+$', '%00', '\r\n', '\t'],
];

/** Options of some command, with and without values. Without --watch, which ends never by design. */
const OPTIONS = [
  ...[
    '--json',
    '--grad',
    '--no-grad',
    '--pinned',
    '--as-written',
    '--allow-approximate',
    '--profile',
    '--tuned',
  ],
  ...[
    '--resume',
    '--trust-code',
    '--compose',
    '--chat',
    '--angles',
    '--no-angles',
    '--pad',
    '--fsdp',
    '--generate',
  ],
  ...['--rouge', '--eval-generate', '--in-order', '--standalone', '--help', '--version', '--no-color', '-V'],
];
const WITH_VALUE = [
  ...['--layer', '--dims', '--set', '--device', '--activations', '--quantize', '--objective', '--devices'],
  ...[
    '--targets',
    '--adapter',
    '--init',
    '--config',
    '--engine',
    '--processes',
    '--schedule',
    '--betas',
    '--dropout',
  ],
  ...[
    '--tokens',
    '--temperature',
    '--top-k',
    '--seed',
    '--beams',
    '--length-penalty',
    '--early-stopping',
    '--system',
  ],
  ...[
    '--answer',
    '--answer-tokens',
    '--chat-template',
    '--claims',
    '--dtype',
    '--rank',
    '--tolerance',
    '--to',
  ],
  ...[
    '--compare',
    '--binding',
    '--accounting',
    '--golden',
    '--against',
    '--target',
    '--source-length',
    '--clip',
  ],
  ...[
    '--validation',
    '--data',
    '--model',
    '--input',
    '--table',
    '--import',
    '--steps',
    '--batch',
    '--length',
  ],
];
const CHANGES: Readonly<Record<string, (argv: readonly string[], pick: Pick) => string[]>> = {
  insert: (argv, pick) => argv.toSpliced(place(argv, pick), 0, pick(HOSTILE)),
  flag: (argv, pick) => [...argv, pick(OPTIONS)],
  option: (argv, pick) => [...argv, pick(WITH_VALUE), pick(HOSTILE)],
  joined: (argv, pick) => [...argv, `${pick(WITH_VALUE)}=${pick(HOSTILE)}`],
  bare: (argv, pick) => [...argv, pick(WITH_VALUE)],
  drop: (argv, pick) => argv.toSpliced(place(argv, pick), 1),
  twice: (argv, pick) => {
    const at = place(argv, pick);
    return argv.toSpliced(at, 0, ...argv.slice(at, at + 2));
  },
  value: (argv, pick) => {
    const at = place(argv, pick);
    return WRITTEN.test(argv[at - 1] ?? '') ? [...argv] : argv.with(at, pick(HOSTILE));
  },
  swap: (argv, pick) => argv.with(0, pick(Object.keys(GOOD))),
  many: (argv, pick) => [...argv, ...Array.from({ length: 300 }, () => pick([...OPTIONS, ...HOSTILE]))],
  rest: (argv) => [...argv, '--', '--json', '-h'],
};

const place = (argv: readonly string[], pick: Pick): number => 1 + pick(argv.slice(1).map((_, i) => i));

const line: Family = (_, pick) => {
  let argv: string[] = [...pick(Object.values(GOOD))];
  const names: string[] = [];
  for (let left = pick([1, 1, 2, 3]); left > 0 && argv.length > 1; left--) {
    const name = pick(Object.keys(CHANGES));
    names.push(name);
    argv = CHANGES[name]!(argv, pick);
  }
  return { title: `a line with ${names.join(', ')}`, argv };
};

/** Commands that there are none of, and bare ones. */
const command: Family = (_, pick) => ({
  title: 'no command',
  argv: pick<string[]>([
    [],
    [pick(HOSTILE)],
    [pick(HOSTILE), pick(HOSTILE)],
    ['help', pick(HOSTILE)],
    ['--json', pick(HOSTILE)],
    [
      pick(['run', 'explain', 'check', 'finetune', 'merge', 'inspect', 'init', 'plan', 'build']),
      pick(HOSTILE),
    ],
  ]),
});

/** Variables of the environment that oftc reads, with hostile values. */
const environment: Family = (folder, pick) => {
  const name = pick([
    'OFTC_PYTHON',
    'XDG_CACHE_HOME',
    'OFTC_PLANS',
    'NO_COLOR',
    'FORCE_COLOR',
    'COLUMNS',
    'LANG',
    'TZ',
  ]);
  const value = pick([...HOSTILE, 'text.txt', 'model', '/dev/null', '/dev/full', `${folder}/text.txt`]);
  const lines = [GOOD.run!, GOOD.finetune!, GOOD.explain!, GOOD.inspect!, GOOD.merge!];
  const argv = name === 'OFTC_PYTHON' ? [...GOOD.finetune!.slice(0, -2), '--engine', 'torch'] : pick(lines);
  return { title: `${name}=${JSON.stringify(value)}`, argv, env: { [name]: value } };
};

export const LINES: Readonly<Record<string, Family>> = { line, command, environment };
