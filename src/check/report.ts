/** The report of `oftc check`: one finding for each property, with what was verified and where. */
import { type Probability, probabilityText } from '../identity/probability.ts';
import { MOST_ROUNDING, type Scaled } from './tolerance.ts';

export interface Finding {
  /** The property, written as a statement. */
  readonly property: string;
  /** The arithmetic and sizes that the property was verified at: `field at b=3, r=2, out=4, tokens=1,5`. */
  readonly where: string;
  readonly trials: number;
  readonly passed: boolean;
  /** Whether nothing could be compared, so that the property neither holds nor fails. */
  readonly open?: true;
  /** The largest error seen, for properties with an error. */
  readonly observed?: number;
  readonly limit?: number;
  /** The probability with which a wrong identity would have passed; only properties over the field have one. */
  readonly escape?: Probability;
  /** The tolerances that were larger than the property's own, because values were ill-conditioned. */
  readonly scaled?: Scaled;
  /** The smallest case that failed. */
  readonly counterexample?: string;
  /** A remark that does not change whether the property passed. */
  readonly note?: string;
}

export interface CheckReport {
  readonly name: string;
  /** The results with their shapes, as `y (tokens, out)`. */
  readonly results: readonly string[];
  readonly passed: boolean;
  readonly findings: readonly Finding[];
  /** The rules that took part in the derivation. */
  readonly rules: readonly string[];
  /** The seed of every random value; the same seed repeats the run. */
  readonly seed: number;
}

const number = (x: number): string => (x === 0 ? '0' : x.toExponential(1));

/** Says where a tolerance was scaled and by how much, and how many draws decided nothing. */
function scaledText({ limit, times, at, trials, setAside }: Scaled): string {
  const parts = [
    ...(trials > 0
      ? [
          `tolerance scaled for ill-conditioned values in ${trials} comparisons, at most ${times.toPrecision(2)} times, to ${number(limit)} at ${at}, by the rounding measured there`,
        ]
      : []),
    ...(setAside > 0
      ? [`${setAside} draws decide nothing and were made again: rounding there may exceed ${MOST_ROUNDING}`]
      : []),
  ];
  return parts.join('; ');
}

/** A finding's lines: the property with its error, where it was verified, and the counterexample. */
export function renderFinding(f: Finding): string {
  const error =
    f.observed === undefined
      ? ''
      : `   ${number(f.observed)}${f.limit === undefined ? '' : ` ${f.observed > f.limit ? '>' : '≤'} ${number(f.limit)}`}`;
  return [
    `  ${f.open ? '?' : f.passed ? '✓' : '✗'} ${f.property}${error}`,
    `      ${f.where}${f.trials > 0 ? `, ${f.trials} trials` : ''}${f.observed === undefined ? '' : ', sampled in floating point'}`,
    ...(f.escape ? [`      ${probabilityText(f.escape)}`] : []),
    ...(f.scaled ? [`      ${scaledText(f.scaled)}`] : []),
    ...(f.note ? [`      ${f.note}`] : []),
    ...(f.counterexample ? [`      counterexample: ${f.counterexample}`] : []),
  ].join('\n');
}

/** The layer and its results with their shapes. */
export const renderTitle = ({ name, results }: Pick<CheckReport, 'name' | 'results'>): string =>
  `${name} → ${results.join(', ')}`;

/** The lines below the findings: the rules that took part, and how many properties hold. */
export function renderOutcome({ findings, rules, seed }: CheckReport): string {
  const failed = findings.filter((f) => !f.passed).length;
  const open = findings.filter((f) => f.open).length;
  const held = `${findings.length - open} properties hold where they were verified${open > 0 ? `, and of ${open} nothing could be verified` : ''}; sampling is not a proof`;
  return [
    `  rules that took part: ${rules.length ? rules.join(', ') : 'none'}`,
    `  ${failed === 0 ? held : `${failed} of ${findings.length} properties fail`} (seed ${seed})`,
  ].join('\n');
}

export const renderCheck = (report: CheckReport): string =>
  [renderTitle(report), ...report.findings.map(renderFinding), renderOutcome(report)].join('\n');
