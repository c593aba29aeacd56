/** The faults that bad inputs of an attacker's hand found, each with its mend. */
import type { Found } from '../../../trust/report.ts';

export const FOUND: readonly Found[] = [
  {
    what: 'A conversation of 5,000 turns kept eval and finetune busy for minutes: the template is rendered up to each response.',
    shown: 'test/src/finetune/data/chats.test.ts: with more turns than a template is rendered for',
    mend: 'A conversation has at most 1,000 turns (docs/limits.md).',
  },
  {
    what: "A message to the compiler's worker whose input was no source ended in an error of JavaScript.",
    shown: 'test/src/web/refusals.test.ts: an input that is no object is refused',
    mend: 'Each request is checked before the compiler sees it, and is refused with OFT4016.',
  },
  {
    what: 'An editor that asked for names in a text of 10,000 nested blocks got an error of JavaScript: the call stack was full.',
    shown: 'test/src/web/refusals.test.ts: that is nested too deeply to be read',
    mend: 'Nothing is offered there, and the problems say that the text is nested too deeply.',
  },
  {
    what: 'build ended in an internal error for a project whose tsconfig.json is nested 20,000 levels deep, and other commands named the layer instead.',
    shown:
      'test/compiler/frontend/projects.test.ts: are refused by the name of a tsconfig.json that is nested too deeply',
    mend: 'It is refused by its name (OFT1045).',
  },
  {
    what: 'A message to the compiler’s worker that gave a number for the class of devices ended in an error of JavaScript.',
    shown: 'test/src/web/refusals.test.ts: an input that is with a device that is no name is refused',
    mend: 'It is refused with OFT4016, before the compiler sees it.',
  },
  {
    what: 'build takes 6 ms of processor time for each of 3,000 times that a layer multiplies its result by itself, which on a busy machine was more than a minute: its time grows in proportion.',
    shown: 'npm run test:bad-inputs -- --family typescript --seed 2026 --cases 344',
    mend: 'The 3,000 products build in 9 s of processor time. They took 20 s.',
  },
];
