/** The tests of faults that stand beside what they test, and whose results the table has too. */

export interface Elsewhere {
  readonly file: string;
  /** Matches the names of the tests that try a fault. */
  readonly tests: RegExp;
  readonly fault: string;
  readonly outcome: string;
}

export const ELSEWHERE: Readonly<Record<string, Elsewhere>> = {
  'two-processes': {
    file: 'test/src/finetune/two-processes.test.ts',
    tests: /./,
    fault: 'two processes write one folder',
    outcome: 'one writes, the other is refused and told which; a lock ends with its process',
  },
  kills: {
    file: 'test/src/finetune/killed.test.ts',
    tests: /./,
    fault: 'SIGKILL at random moments, again and again',
    outcome: 'every file is whole after each; the losses of an undisturbed run',
  },
  tab: {
    file: 'test/docs/site/finetune.test.ts',
    tests: /loses nothing with/,
    fault: 'a tab closes in a checkpoint, loses its device, or has no storage left',
    outcome: 'the page says so; the run goes on from its checkpoint',
  },
};
