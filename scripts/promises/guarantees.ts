/** The promises of docs/guarantees.md by topic. */
import { at, type Promised } from './promise.ts';

export interface Topic {
  readonly title: string;
  readonly promises: readonly Promised[];
}

const DISK = at('/faults/disk', 'a disk that fails: $title');
const SIGNAL = at('/faults/signals', 'a signal: $title');

export const TOPICS: readonly Topic[] = [
  {
    title: 'A derived layer is the layer that was written',
    promises: [
      {
        sentence:
          'A derived program and its gradients equal the program as written, exactly, over a prime field, at random values and on both sides of every guard up to 24 tokens.',
        tests: [
          at(
            '/properties/pipeline',
            'equals the program as written over the field, gradients included, on both sides of every guard',
          ),
        ],
      },
      {
        sentence:
          'Ways to compute a layer agree: as written, derived, rewritten and read again, merged, by the kernels of each class, and built. The long run compares results of a device, of PyTorch and of a browser too.',
        tests: [
          at('/properties/ways', 'ways without a driver agree with the program as written'),
          at('/properties/ways', 'the kernels of each class, interpreted, agree with the program as written'),
          at('/properties/ways', 'a built module and a session on a device agree bit for bit'),
        ],
        runs: 'differential',
      },
      {
        sentence: 'Every rule turns an expression into an equal one, on random instances that it fires on.',
        tests: [at('/properties/rules', 'left ≡ right on instances it fires on, with one type, and ends')],
      },
      {
        sentence:
          'A report states the probability with which a wrong derivation would pass, or that it was only sampled.',
        tests: [
          at(
            'identity/escape',
            'a report gives the probability at the sizes where it is largest, to the power of the trials',
          ),
          at('identity/escape', 'functions are only sampled, and the report says so'),
        ],
      },
      {
        sentence: 'The check finds each wrong gradient, claim, derivation and rule that was planted.',
        tests: [at('check/faults', '$file is found')],
      },
    ],
  },
  {
    title: 'What a program means',
    promises: [
      {
        sentence:
          'The reference (`--device cpu`) computes in float64, and equals a naive evaluation to 1e-9.',
        tests: [
          at('/compiler/semantics/interpret', 'equals a naive evaluation of random loop nests'),
          at('language/names', 'a session binds, runs, differentiates and initialises by these names'),
        ],
      },
      {
        sentence:
          'A derived program equals the program as written in float64 too, to rounding, where no function has a kink.',
        tests: [
          at(
            '/properties/pipeline',
            'equals the program as written in float64, where no function has a kink',
          ),
        ],
      },
      {
        sentence:
          'The reference (`--device cpu`) pivots, and refuses a matrix whose elimination is left with pivots of exactly 0 alone. One that is singular but for rounding gives large numbers.',
        tests: [
          at('/compiler/semantics/interpret', 'solves with pivoting, per batch, and names a singular matrix'),
        ],
      },
    ],
  },
  {
    title: 'Results of a device',
    promises: [
      {
        sentence:
          'A result of a device lies within the error bound that oftc computes for it, whichever variant runs.',
        tests: [
          at(
            '/properties/device',
            'a device computes within the bound of the reference, whichever variant runs: %s',
          ),
          at('/compiler/semantics/bound', 'random loop nests over every function'),
        ],
      },
      {
        sentence: 'Bounds hold for f16 activations too, in the layers of OFT.',
        tests: [at('session/half', 'outputs and gradients are within the bound')],
      },
      {
        sentence:
          'A value that overflows f16 is named: the input that overflows, or the first tensor within the layer that is not finite.',
        tests: [
          at('session/half', 'of a value that is given names the tensor and the element'),
          at(
            'session/half',
            'within a layer names the tensor before the result, and a parameter that is not finite',
          ),
          at('session/half', 'of a result names the first tensor that is not finite'),
          at(
            '/golden-bugs/half-modules',
            'a module names the result in f16 that is not finite, and what was given so',
          ),
        ],
      },
      {
        sentence: 'The bound is infinite where WGSL promises nothing.',
        tests: [at('/compiler/semantics/bound', 'is ∞ where WGSL promises nothing')],
      },
    ],
  },
  {
    title: 'The same again',
    promises: [
      {
        sentence: 'Compiling the same layer twice gives the same Plan, byte for byte.',
        tests: [at('/properties/pipeline', 'compiles deterministically')],
      },
      {
        sentence: 'A session and a built module give the same bits on the same device.',
        tests: [at('/properties/ways', 'a built module and a session on a device agree bit for bit')],
      },
      {
        sentence:
          'A run that is killed and resumed ends with the losses and the adapter of a run that was left alone.',
        tests: [at('finetune/killed', 'a run that is killed and resumed loses nothing')],
      },
      {
        sentence: 'The bill of materials of the package is the same for the same lock file.',
        tests: [
          at(
            '/package/package',
            'has a bill of materials of what npm installs with it, the same for the same lock file',
          ),
        ],
      },
    ],
  },
  {
    title: 'Formats',
    promises: [
      {
        sentence:
          'An adapter in PEFT’s format, on a linear module or an embedding, computes in the reference what PEFT computes with it, within 1e-5 in the Frobenius norm, relative to PEFT’s result. VeRA, RandLoRA and FRoD, whose modules share tensors, are compared once they are merged.',
        tests: [
          at('formats/adapters', 'as an adapter’s file computes what PEFT computed'),
          at(
            'finetune/shared-projections',
            'is merged by PEFT’s definition, whatever the sizes of the modules',
          ),
          at('finetune/frod', 'merges to PEFT’s own weights'),
        ],
      },
      {
        sentence:
          'An adapter that is read and written again has the same tensors, byte for byte, and the same fields.',
        tests: [at('formats/adapters', 'is written back byte for byte, field for field')],
      },
      {
        sentence: 'A checkpoint gives back what was written, in shards of any size.',
        tests: [at('formats/checkpoint', 'gives back what was written, in shards of any size')],
      },
      {
        sentence: 'bf16 and f16 widen exactly, for every bit pattern.',
        tests: [
          at('formats/checkpoint', 'widens bf16 and f16 exactly, for every bit pattern'),
          at('formats/half', 'encodes every decoded pattern back to itself, NaNs to the quiet NaN'),
          at('formats/half', 'decodes in increasing order, to infinity'),
          at('formats/half', 'has the values that IEEE 754 and bfloat16 give'),
        ],
      },
      {
        sentence: 'NF4 of bitsandbytes is read to the last bit, and written to the last byte.',
        tests: [
          at('formats/quantized/nf4-golden', 'is dequantised to the last bit'),
          at('formats/quantized/nf4-golden', 'is quantised to the last byte'),
        ],
      },
      {
        sentence:
          'A field of a model or an adapter that is not known is reported or refused, also within rope_scaling and quantization_config. A field that is false, 0, null or empty is read as off.',
        tests: [
          at('formats/quantization-config', 'has fields that are known, and reports any other one: %j'),
          at('formats/rope', 'refuses %j'),
          at('formats/names', 'of fields and tensors of a model are reported as unknown, every one'),
          at(
            'formats/names',
            'of fields of an adapter are reported as unknown, and kept when it is written again',
          ),
          at('formats/mutations', 'the fields of the adapter %s are read or refused'),
        ],
      },
    ],
  },
  {
    title: 'Files are whole',
    promises: [
      {
        sentence: 'A file of tensors is the old one or the new one, whole, whenever it is read.',
        tests: [at('formats/safetensors-file', 'shows readers either the old file or the new, whole')],
      },
      {
        sentence:
          'The folder of a checkpoint in shards, of an adapter or of a merged model is written whole or not at all.',
        tests: [
          at('formats/checkpoint', 'leaves the folder as it was, and nothing beside it, when a tensor fails'),
          at('formats/checkpoint', 'replaces what it wrote, and no folder with a file that would be lost'),
          DISK,
        ],
      },
      {
        sentence:
          'A full disk loses no checkpoint, and leaves no partial file and no partial line of metrics.',
        tests: [at('finetune/full-disk', 'finetune on a full disk'), DISK],
        runs: 'faults',
      },
      {
        sentence:
          'A bit that flips in the checkpoint.safetensors of a run is found before a step is taken, and the file is named.',
        tests: [
          at('/faults/bits', 'by --resume, which trains nothing'),
          at('/faults/bits', 'in each tensor, which is named'),
        ],
        runs: 'faults',
      },
    ],
  },
  {
    title: 'One writer, and signals',
    promises: [
      {
        sentence:
          'While one process writes a run or a merged model, a second process that wants to write there is refused.',
        tests: [
          at('finetune/two-processes', 'of several runs that start at once in a new folder, one trains'),
          at('finetune/two-processes', 'is written by one of two processes that start at once'),
          at('finetune/two-processes', 'and a run never share a folder, whichever comes first'),
        ],
      },
      {
        sentence: 'The lock ends with its process, however it ends.',
        tests: [
          at('finetune/two-processes', 'goes on once that process was killed'),
          at(
            'finetune/two-processes',
            'a lock file blocks nothing where the running process that it names does not hold the lock',
          ),
        ],
      },
      {
        sentence: 'SIGTERM, SIGINT and SIGHUP leave nothing half-written.',
        tests: [
          at('finetune/interrupted', 'by SIGTERM leaves nothing'),
          at('finetune/interrupted', 'a merge that %s ends leaves nothing'),
          SIGNAL,
        ],
        runs: 'faults',
      },
      {
        sentence:
          'What a killed `finetune`, `merge` or `convert` leaves is removed by the next command that writes there, and nothing else is.',
        tests: [
          at(
            'finetune/interrupted',
            'by SIGKILL leaves what the next merge to the same place removes, and nothing else',
          ),
          at('finetune/resume', 'what a killed run left is removed'),
          SIGNAL,
        ],
        runs: 'faults',
      },
      {
        sentence:
          'A process of PyTorch that dies, or that is stopped, ends the run with a sentence, and the last checkpoint is whole. oftc cannot tell an endless computation from a long one.',
        tests: [
          at('/faults/workers', 'that is stopped is ended after the stated time, and the run says so'),
          at('/faults/workers', 'that dies ends the run with a sentence'),
          at('/faults/workers', 'that computes for long gives signs of life meanwhile, of which each counts'),
          at('/faults/workers', 'of which one %s'),
        ],
        runs: 'faults',
      },
    ],
  },
  {
    title: 'Memory',
    promises: [
      {
        sentence:
          'Live objects of the GPU and the heap are level over many sessions, and in the long run over many runs and steps.',
        tests: [
          at('/load/sessions', 'sessions that are closed leave no device, buffer, pipeline or bind group'),
          at('/load/sessions', 'results that nobody frees are collected, one by one and 50 at once'),
        ],
        runs: 'load',
      },
      {
        sentence:
          'Resident memory grows no faster over sessions, runs and steps than that of bare WebGPU over as many sessions and runs, and a tenth of what it was at the start.',
        tests: [],
        runs: 'load',
      },
      {
        sentence:
          'An allocation that fails is an error, after which the session can be used and nothing has leaked.',
        tests: [at('/faults/device-memory', 'where %s fails')],
        runs: 'faults',
      },
    ],
  },
  {
    title: 'Files from strangers',
    promises: [
      {
        sentence:
          'Each parser of [fuzzing.md](fuzzing.md) reads or refuses its input, whatever it is: none crashes, hangs or takes memory without bound.',
        tests: [
          at('/fuzz/fuzz', 'meets no failure in its good cases, in those that were kept and in fresh ones'),
          at('/fuzz/fuzz', 'finds a planted fault; `npm run fuzz -- --planted` plants them all'),
        ],
        runs: 'fuzz',
      },
      {
        sentence:
          'A command on bad input or with a bad line neither crashes nor hangs, runs no code, changes no input and writes its output alone.',
        tests: [
          at(
            'cli/bad-inputs/bad-inputs',
            'a command on bad input of kind %s neither crashes nor hangs, names what it refuses, and changes only its output',
          ),
        ],
        runs: 'bad-inputs',
      },
      {
        sentence: 'A Plan that is damaged anywhere runs or is refused.',
        tests: [at('/runtime/damaged-plan', '%s runs or is refused with any part changed')],
      },
      {
        sentence: '[security.md](security.md) has more on this, and the tests behind its sentences.',
        tests: [
          at(
            '/docs/guarantees',
            'every sentence of docs/security.md has its test, or says that it needs none',
          ),
        ],
      },
    ],
  },
  {
    title: 'Browsers',
    promises: [
      {
        sentence:
          'The compiler in a browser checks, explains and prints kernels as the same compiler in Node, and its runs are within 1e-5 of the reference.',
        tests: [
          at(
            'web/browser',
            'in Chromium, answers are those of Node, and a layer runs on the browser’s device',
          ),
        ],
      },
      {
        sentence: 'A run in a tab has the losses of a run in Node within 1e-4, through a reload.',
        tests: [
          at('/docs/site/finetune', 'has Node’s losses, through a reload, and its adapter is read by eval'),
        ],
      },
      {
        sentence:
          'A tab that closes, a full storage and a lost device leave the last checkpoint of a run whole, from which it goes on.',
        tests: [
          at(
            '/docs/site/finetune',
            'trains an author’s layer, and loses nothing with a lost device, a full storage, or a tab that is closed in a checkpoint',
          ),
        ],
      },
      {
        sentence: 'A link to the playground restores its state whole, or is refused.',
        tests: [
          at('/docs/site/playground/state', 'gives back every state'),
          at('/docs/site/playground/state', 'is refused wherever it is cut off or has another character'),
        ],
      },
      {
        sentence:
          'A request to a page’s worker, the compiler or the one that finetunes, is answered or refused. The compiler ignores a message that is none, the other one refuses it, and both go on.',
        tests: [
          at('cli/bad-inputs/bad-inputs', 'a bad %s is answered with an error of the project'),
          at('web/refusals', 'of no kind that there is are refused, messages that are none are ignored'),
          at('web/finetune/messages', 'any message is done or refused, and the worker goes on'),
          at(
            '/docs/site/finetune',
            'goes on after messages that are no requests, and starts one of two runs that are asked for at once',
          ),
        ],
      },
    ],
  },
];

/** The properties that no test holds, listed so that nobody relies on them. */
export const NOT_PROMISED: readonly string[] = [
  'The same bits on two devices, or with two drivers: results of both are within the bound.',
  'The same Plan from two versions of oftc ([versions.md](versions.md)).',
  'Speed. [benchmarks.md](benchmarks.md) has what was measured. No GPU has been timed.',
  'That files survive a power failure on a disk that reports a write as done before it is.',
  'Locks between machines on a network file system that does not support them.',
  'Safety of layer files, and of what `--trust-code` runs: they are code, and have all rights of the process.',
  'Protection against somebody who can write your cache folder, or your `node_modules`.',
  'What a model or an adapter says: oftc computes what its files hold.',
];
