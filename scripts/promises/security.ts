/** The tests behind the sentences of docs/security.md, by the beginning of each sentence, in the page's order. */
import { at, type TestLink } from './promise.ts';

const BAD = at(
  'cli/bad-inputs/bad-inputs',
  'a command on bad input of kind %s neither crashes nor hangs, names what it refuses, and changes only its output',
);
const RUNS_NOTHING = at('finetune/own-adapter', 'that %s runs nothing in any command');
const SAID = at(
  'finetune/own-adapter',
  'with operators of its author’s is refused, and says what --trust-code would run',
);
const FUZZ = at(
  '/fuzz/fuzz',
  'meets no failure in its good cases, in those that were kept and in fresh ones',
);
const ENDLESS = at('formats/chat/responses', 'that does not end');
const CONNECTS = at(
  '/docs/security',
  'is right that --engine torch alone starts another program and opens a port of this machine, and that a page loads files of its site alone',
);
const COLUMNS = at('/docs/security', 'has what %s reads and what it writes each in its column');
const KEY = at(
  '/faults/workers',
  'gets its key by a file that only this user can read, and nobody connects without it',
);
const CACHED = at(
  'cli/plans',
  'a command writes compiled Plans to the cache folder, takes them from there, and does neither with OFTC_PLANS=off',
);
const TABLE = at('/docs/security', 'names every option of %s that takes a file, a folder or code');
const PLAYGROUND = at('/docs/site/playground/page', 'leads from an edit to a run, and a link brings it back');

const WHOLE = at(
  'formats/write-all',
  'on a disk %s, a kill at any operation leaves whole files, and the next writer does its work',
);
const DISK = at('/faults/disk', 'a disk that fails: $title');
const SIGNAL = at('/faults/signals', 'a signal: $title');

export const SECURITY: Readonly<Record<string, readonly TestLink[]>> = {
  'Reading them executes nothing': [RUNS_NOTHING, BAD],
  'A file that shows damage': [
    FUZZ,
    at('formats/mutations', 'a config.json is read or refused'),
    at('formats/mutations', 'a model whose tensors file has changed bytes is read or refused'),
    at('formats/sizes', 'names a limited number of tensors'),
    at('formats/checkpoint', 'is named by its file and tensor'),
    at('finetune/resume', 'a flipped bit is refused by a message that names the file'),
  ],
  'The error names the file': [
    at('formats/checkpoint', 'is named by its file and tensor'),
    at('formats/safetensors-file', 'refuses what is missing, a folder, a pipe or damaged, with the path'),
    at('finetune/resume', 'a flipped bit is refused by a message that names the file'),
    BAD,
  ],
  'Weights are read from safetensors alone': [
    at('formats/checkpoint', 'is refused where it is missing, or in another format'),
  ],
  'There is no reader for pickled files': [at('formats/safetensors-file', 'says how to convert %s')],
  'JSON is checked before': [
    at('formats/json', 'accepts exactly what JSON.parse does, less duplicate keys and lone surrogates'),
    at('formats/mutations', 'JSON that is cut and changed anywhere is read or refused'),
    FUZZ,
  ],
  'An adapter of an author': [at('finetune/own-adapter', 'still evaluates and merges after %s')],
  'It is checked as data': [
    at(
      '/compiler/ir/stored',
      'is refused with a sentence, or is another program that is well typed, whatever one value is changed to',
    ),
  ],
  'An adapter whose author defined': [SAID],
  'It runs only with': [RUNS_NOTHING, SAID],
  'Without the option the adapter': [SAID, RUNS_NOTHING],
  'The file has to lie': [
    at('finetune/own-adapter', 'whose source lies %s is refused even with --trust-code'),
  ],
  'A run.json holds': [
    at('finetune/run-file', 'is repeated from its run.json alone, and overridden by the command line'),
  ],
  'It cannot hold `--trust-code`': [
    at('finetune/run-file', 'a run.json is refused, and nothing is written:'),
    at('finetune/run-file', 'of a layer in a file needs trust, unless the command line names the file'),
  ],
  'Regular expressions of a tokenizer': [
    at('formats/patterns', 'with lookahead are refused in time, by name: %s'),
    at('formats/patterns', 'in target_modules never hang: %s'),
    at('formats/patterns', 'with lookahead are refused in time, by name'),
  ],
  'A chat template is a program': [at('formats/chat/responses', 'that does not parse, by its own place')],
  'It sees the conversation': [
    at(
      'formats/chat/names',
      'a template sees the names of its conversation, a clock that is taken away, and no other function',
    ),
    at('formats/chat/responses', 'that asks for a file'),
  ],
  'It is interpreted in a thread': [
    ENDLESS,
    at('formats/chat/responses', 'that fills the memory of its thread ends the thread alone'),
    at('formats/chat/responses', 'that makes too much text'),
  ],
  'Text in a conversation never': [
    at('formats/chat/templates', 'gives forty conversations the ids and the responses of its segments'),
    at('formats/chat/responses', 'that a template completes to a control token stays text'),
  ],
  'A layer is not run': [
    at('cli/layer-files', 'reads a layer and runs nothing of its file'),
    at('cli/layer-files', 'refuses a layer whose function does something else, and does not run it'),
  ],
  'It is read by the TypeScript compiler': [
    at('/compiler/extend/custom', 'lowers from its file to what it traces to, with a place for every node'),
  ],
  'A file that defines operators or rules': [
    at('/compiler/extend/frontend', 'in a file that it imports, which runs once'),
    at('/compiler/extend/frontend', 'as a rule at module level, which then takes part'),
  ],
  'Kernels are generated by oftc': [
    at('/properties/device', 'every emitted kernel compiles, on the null backend'),
    at('/properties/pipeline', 'holds its spec after every pass, and normalises once and for all'),
  ],
  'Generated kernels are kept': [
    at('plans/folder', 'makes a folder that only this user can read'),
    at('plans/folder', 'reads what another store of the folder saved, by its key'),
    CACHED,
  ],
  "oftc's own code uses no network": [CONNECTS],
  'That one starts': [CONNECTS, KEY],
  'A connection without the key': [KEY],
  'The table leaves out `--json`': [TABLE, at('/docs/security', 'has a row for every command and no other')],
  'Each row names': [TABLE, COLUMNS],
  'In the working folder and in your home': [BAD, COLUMNS],
  '**The cache folder** is': [at('tune/table', 'a table lies in the system’s cache folder')],
  '`run`, `finetune`, `generate`': [
    CACHED,
    at(
      'cli/plans',
      'the store of compiled Plans is given to the commands that docs/security.md names, and to no other',
    ),
  ],
  'Tensors, tables, charts': [
    at('formats/safetensors-file', 'shows readers either the old file or the new, whole'),
    at('tune/table', 'is whole whenever its writer is killed'),
    at('formats/checkpoint', 'leaves the folder as it was, and nothing beside it, when a tensor fails'),
    WHOLE,
    DISK,
  ],
  '`metrics.jsonl` grows': [
    at('finetune/full-disk', 'the stand-in sees every write of a run'),
    at('finetune/full-disk', 'finetune on a full disk'),
  ],
  'A process that SIGINT,': [
    at('finetune/interrupted', 'by SIGTERM leaves nothing'),
    at('finetune/interrupted', 'a merge that %s ends leaves nothing'),
    SIGNAL,
  ],
  'A half-written Plan': [
    at('plans/folder', 'removes what a killed process left half-written, an hour later'),
  ],
  '[Faults](faults.md)': [at('/docs/guarantees', 'docs/faults.md has the tests of every fault')],
  'A killed process may leave': [
    at(
      'finetune/interrupted',
      'by SIGKILL leaves what the next merge to the same place removes, and nothing else',
    ),
    at('finetune/resume', 'what a killed run left is removed'),
    SIGNAL,
  ],
  'A `build` or `init` that is killed': [
    WHOLE,
    at('targets/init', 'finishes what a killed init began, and replaces no file of others'),
  ],
  'A command that would write over': [at('cli/places', 'refuses to write over %s')],
  'Only these are both read': [
    at('cli/places', 'an option names a path that is both read and written in one command alone'),
    at('cli/places', 'a command may write beside what it reads'),
    at('targets/init', 'finishes what a killed init began, and replaces no file of others'),
    at('finetune/two-processes', 'goes on once that process was killed'),
  ],
  'While `finetune`, `merge` or `convert`': [
    at('finetune/two-processes', 'is refused by a message that names the process, as %s %s'),
    at('finetune/two-processes', 'is written by one of two processes that start at once'),
    at('finetune/two-processes', 'by %s is refused while another one is being written there'),
    at('finetune/two-processes', 'and a run never share a folder, whichever comes first'),
    at('formats/lock', 'a second lock is refused by any name of the folder, and the first goes on'),
  ],
  '**From code,** `compile`': [
    at('language/names', 'a session binds, runs, differentiates and initialises by these names'),
    at('/compiler/extend/frontend', 'in a file that it imports, which runs once'),
  ],
  '`oftc/runtime` executes': [at('/runtime/damaged-plan', '%s runs or is refused with any part changed')],
  '**In a bundler,**': [
    at('bundlers/project', 'has an export for each layer of the file, each at the sizes that it has'),
    at('/compiler/extend/frontend', 'in a file that it imports, which runs once'),
  ],
  'It runs a file of JavaScript': [
    at(
      'bundlers/project',
      'of a package’s JavaScript runs it, and reads the configuration’s text by its defaults',
    ),
  ],
  'It reads compiled layers': [
    at('bundlers/project', 'is kept in the cache folder, unless OFTC_PLANS=off'),
    at('bundlers/project', 'is compiled once for each content: what a store keeps is taken as it is'),
    at('bundlers/project', 'never replace a file of someone else, and are not written with dts: false'),
  ],
  '**In a browser,** the code': [CONNECTS],
  'The compiler evaluates': [
    CONNECTS,
    at('web/browser', 'the worker imports no module of Node’s, and nothing that runs files or opens Dawn'),
    at('web/refusals', 'that defines an operator says that a browser runs no file'),
  ],
  'A link to the playground holds': [at('/docs/site/playground/state', 'gives back every state'), PLAYGROUND],
  'Nothing of it is compiled before': [PLAYGROUND],
  'A content security policy': [
    at(
      '/docs/site/policy',
      'a page runs scripts of its site alone, and without its policy it would run every one',
    ),
    at(
      '/docs/site/pages',
      'every page has a policy that allows scripts of this site, and none in a page but those that were built in',
    ),
    at('/docs/site/playground/page', 'is built with its policy'),
    at('/docs/site/finetune', 'is on a page that is built with its policy'),
  ],
  '[limits.md](limits.md) lists the limits': [
    at('/docs/generated', 'docs/limits.md is what the table of limits says; run `npm run docs`'),
  ],
  'Limits bound what untrusted': [
    at('formats/sizes', 'names a limited number of tensors'),
    at('formats/sizes', 'holds a limited number of values and levels'),
    at('formats/sizes', 'has a limited number of words, merges and characters'),
    at('formats/sizes', 'have a limited number of entries'),
    at('/compiler/frontend/limits', 'is refused where it is lowered'),
    at('/compiler/frontend/limits', 'is refused where it is traced'),
    at('formats/chat/responses', 'that fills the memory of its thread ends the thread alone'),
  ],
  'Where the system or the device': [
    at('/faults/device-memory', 'where %s fails'),
    at('/faults/host-memory', '$name'),
    at('/docs/site/finetune', 'refuses a model that is too large for the device, before a weight is loaded'),
  ],
};

/** The beginnings of sentences that promise nothing: they explain, advise, or head a paragraph whose sentences follow. */
export const EXPLAINING: readonly string[] = [
  ...['This page says', 'Models, adapters, tokenizers', 'They are untrusted'],
  ...['Layer files are code', 'You name them', 'You also vouch', 'Before you name'],
  ...[
    'Its implementation checks',
    'Whoever can write',
    'Compiled Plans are described',
    '"A layer',
    '"Executes" says',
    '"Writes" leaves',
    'A driver may keep',
  ],
  ...['**No half-written', '**No writing over', '**One writer', 'So take Plans', 'Nothing but the system'],
  ...[
    'Those of the rows',
    'Files of installed packages',
    'They do not bound',
    'Use "Report',
    'It opens a private',
    'Please do not',
    'Say which command',
  ],
  ...[
    'Attach the smallest',
    'Not only the execution',
    'The [last section]',
    'Each row begins',
    '`npx vitest run',
    'Words with a %',
    'A title that is no pattern',
  ],
];
