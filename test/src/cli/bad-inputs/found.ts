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
  {
    what: 'A layer file with a sum of 50,000 numbers kept build busy for 35 s of processor time: TypeScript walks up the tree from each number.',
    shown:
      'test/compiler/frontend/limits.test.ts: a sum so long that TypeScript would take minutes is refused, in its place',
    mend: 'A file has at most 10,000 expressions within one another (docs/limits.md).',
  },
  {
    what: 'An adapter whose layer returns another shape than a linear layer ended in an error on reshape, which named neither file nor layer.',
    shown: 'test/src/finetune/advice.test.ts: a layer that returns …',
    mend: 'It is refused where it is read, with the shapes and the file.',
  },
  {
    what: 'A model with NaN in a weight gave the message that a loss or a logit is NaN, and no more.',
    shown: 'test/src/finetune/used.test.ts: names the weight of a model that holds NaN, and its file',
    mend: 'The message names the weight and its file.',
  },
  {
    what: 'Refused fields of adapter_config.json were named by the folder alone, and refused templates by no file.',
    shown: 'npm run test:bad-inputs -- --family adapter,template',
    mend: 'Messages name adapter_config.json or adapter_model.safetensors, and the file of the template.',
  },
  {
    what: 'Four of the good lines that cases spoil were refused for another reason, so that their bad files were never read.',
    shown: 'OFTC_TESTS=all npx vitest run test/src/cli/bad-inputs -t "does its work on good files"',
    mend: 'A nightly test runs every good line, and a case says which file its refusal must name.',
  },
  {
    what: 'A tokenizer whose normalizer writes 1,000 letters beside every character filled the memory, and the process ended without a word.',
    shown:
      'test/src/formats/tokenizer.test.ts: is refused where its %s may lengthen a text so much that it fills the memory',
    mend: 'A tokenizer that may lengthen a text more than 256 times is refused, and one of more than 16 times runs where its memory is limited (docs/limits.md).',
  },
  {
    what: 'A config.json that became a link to a device after it was looked at was read for ever.',
    shown: 'test/src/formats/regular.test.ts: refuses a device that never ends, a pipe and a folder',
    mend: 'What a path leads to is checked on the opened file.',
  },
];
