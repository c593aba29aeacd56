/** The options of a search with several beams. */
import { Option } from 'commander';
import type { ContinueOptions } from '../../finetune/greedy.ts';
import { UsageError } from '../usage-error.ts';
import { parsePenalty, parseSize } from './options.ts';

export type EarlyStopping = 'false' | 'true' | 'never';

export interface BeamArguments {
  readonly beams?: number;
  readonly lengthPenalty?: number;
  readonly earlyStopping?: EarlyStopping;
}

export const beamOptions = (): Option[] => [
  new Option('--beams <n>', 'search with n beams for a likely text, in place of drawing tokens').argParser(
    parseSize,
  ),
  new Option(
    '--length-penalty <p>',
    'the power of its length that a text’s log-probability is divided by: above 0 favours long texts; default: 1',
  ).argParser(parsePenalty),
  new Option(
    '--early-stopping <when>',
    'end a search once n texts have ended (true), where no open one can beat these as long as it is (false), or at any length (never); default: false',
  ).choices(['false', 'true', 'never'] satisfies EarlyStopping[]),
];

/** Throws UsageError for options of a search without beams. */
export function checkBeams({ beams, lengthPenalty, earlyStopping }: BeamArguments): void {
  const [other] = [
    lengthPenalty === undefined ? '' : '--length-penalty',
    earlyStopping === undefined ? '' : '--early-stopping',
  ].filter(Boolean);
  if (other && beams === undefined)
    throw new UsageError(`${other} is of a search with beams: add --beams, or leave ${other} out`);
}

/** The search that the options ask for; undefined without --beams. */
export function searchOf({ beams, lengthPenalty, earlyStopping }: BeamArguments): ContinueOptions['search'] {
  if (beams === undefined) return undefined;
  const stops = { false: false, true: true, never: 'never' } as const;
  return { beams, lengthPenalty: lengthPenalty ?? 1, earlyStopping: stops[earlyStopping ?? 'false'] };
}
