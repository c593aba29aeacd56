/** Lists the bugs that the faults found, each with the test that shows it and its mend. */
import type { Found } from '../trust/report.ts';

const disk = 'npx vitest run test/faults/disk.test.ts';
const memory = 'npx vitest run test/faults/device-memory.test.ts';

export const FOUND: readonly Found[] = [
  {
    what: 'build left one new file beside an old one where the second could not be renamed',
    shown: `${disk} -t "build over"`,
    mend: 'what was there before comes back where a file cannot take its place',
  },
  {
    what: 'init left some files of a project where the disk was full, and refused the folder at the next run',
    shown: `${disk} -t "init:"`,
    mend: 'the files that were written, and the folders that were made, are removed',
  },
  {
    what: 'a killed plan, run, eval or tune left a temporary file that nothing ever removed',
    shown: 'OFTC_FAULTS=all npx vitest run test/faults/signals.test.ts -t "plan --svg over a file: SIGKILL"',
    mend: 'the next run that writes the file removes it, under a lock of the file',
  },
  {
    what: 'a signal in the middle of a write of merge left the temporary folder: a thread still made a file in it',
    shown: 'npx vitest run test/faults/signals.test.ts -t "merge: SIGTERM"',
    mend: 'a folder is removed again until it is gone, and a file that is not made yet is waited for',
  },
  {
    what: 'a signal at the end of a command left the file of its lock, which locked nothing',
    shown: 'npx vitest run test/faults/signals.test.ts -t "merge: SIGINT"',
    mend: 'the file is removed before signals are no longer heard',
  },
  {
    what: 'a signal that arrived between two files of eval or tune was lost, and the command went on',
    shown: 'npx vitest run test/src/formats/undo.test.ts',
    mend: 'a process that has begun to listen for signals goes on listening',
  },
  {
    what: 'every merge of a session kept the memory of the weights that it formed',
    shown: `${memory} -t "a session"`,
    mend: 'the results are freed once they are read',
  },
  {
    what: 'a tensor of a model that did not fit was reported as an invalid buffer of a later run',
    shown: `${memory} -t "training steps"`,
    mend: 'uploads are checked when they have arrived: OutOfMemory with the bytes and the name of the tensor',
  },
  {
    what: 'an input of a block that did not fit was reported by nobody: finetune went on with another loss, and generate, eval, merge and convert ended well with wrong numbers',
    shown: `${memory} -t "runs that read another"`,
    mend: 'a buffer has the errors of the work that wrote it, and what reads it has them too',
  },
  {
    what: 'a training step that failed kept activations and gradients on the device',
    shown: `${memory} -t "training steps"`,
    mend: 'what a step holds is freed where it fails',
  },
  {
    what: 'the map of a staging buffer that did not fit printed an error of WebGPU on the console',
    shown: `${memory} -t "an Executable"`,
    mend: 'the map is made within the scope of its errors',
  },
  {
    what: 'a clock that jumps back made a run refuse its own metrics at its end, before its adapter was written',
    shown: 'npx vitest run test/faults/clock.test.ts -t "jumps back"',
    mend: 'no time below 0 is written or shown',
  },
  {
    what: 'a process of PyTorch that hangs kept a run waiting for ever, and stayed behind where the run was ended',
    shown: 'npx vitest run test/faults/workers.test.ts -t stopped',
    mend: 'each process gives a sign of life every 5 seconds; one that gives none for 2 minutes is ended, and no process stays',
  },
  {
    what: 'a host without memory for the ids of a text was reported as a damaged tokenizer',
    shown: 'npx vitest run test/src/formats/tokenizer.test.ts -t "memory is full"',
    mend: 'readers of tokenizers and pictures pass such errors on',
  },
  {
    what: 'commands named remedies for programmers where a device was lost or out of memory',
    shown: 'OFTC_FAULTS=all npx vitest run test/faults/device-lost.test.ts -t finetune',
    mend: 'the command line names its own: run again, --resume, a smaller --batch',
  },
  {
    what: 'a signal between the making of a lock file and its locking left the file: of finetune, plan --svg and eval',
    shown: "OFTC_FAULTS=all npx vitest run test/faults/signals.test.ts -t 'plan --svg'",
    mend: 'the lock is undone from before its file is made, unless another process holds it',
  },
];
