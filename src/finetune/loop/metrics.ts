/** Checks the lines of metrics.jsonl: their form, their order, and a last line that a kill may have cut short. */
import * as v from 'valibot';
import { damaged } from './damaged.ts';

const finite = v.pipe(v.number(), v.finite());
const atLeast = (least: number) => v.pipe(finite, v.minValue(least));
const whole = (least: number) => v.pipe(v.number(), v.safeInteger(), v.minValue(least));

const taken = v.strictObject({
  /** The number of steps taken, with this one. */
  step: whole(1),
  /** The loss of the step's own batches before the step. */
  loss: finite,
  rate: atLeast(0),
  /** The norm of the gradient before it was clipped. */
  norm: atLeast(0),
  tokens: whole(1),
  seconds: atLeast(0),
});
const evaluated = v.strictObject({ step: whole(0), heldOut: finite });
/** An evaluation with generated answers, of which some are the data's. */
const examined = v.strictObject({ ...evaluated.entries, correct: whole(0), asked: whole(1) });

export type StepMetric = Readonly<v.InferOutput<typeof taken>>;

export type Evaluation = Readonly<v.InferOutput<typeof evaluated> | v.InferOutput<typeof examined>>;

/** A line of metrics.jsonl: a step, or an evaluation. */
export type Metric = StepMetric | Evaluation;

/** The text of a line, without its line feed. */
export const lineOf = (metric: Metric): string => JSON.stringify(metric);

export interface MetricsText {
  /** The metrics of the complete lines. */
  readonly metrics: readonly Metric[];
  /** The part of a line that was being written when the process was killed; '' if the last line is complete. */
  readonly torn: string;
}

/**
 * Reads the lines and checks their order: one for each step, from 1 on without a gap, and held-out losses after their
 * steps. A line is appended in one write, and a kill may cut the last one short, so it may be the beginning of a
 * line. Throws OFT6013 for all else, naming the line and the field.
 */
export function parseMetrics(text: string, path: string): MetricsText {
  const lines = text.split('\n');
  const torn = lines.pop() ?? '';
  const metrics: Metric[] = [];
  for (const [n, line] of lines.entries()) {
    const metric = parseLine(line, `${path}:${n + 1}`);
    checkOrder(metrics.at(-1), metric, `${path}:${n + 1}`);
    metrics.push(metric);
  }
  if (!begins(torn))
    throw damaged(
      `${path}:${lines.length + 1}`,
      'the line is cut short, and is not the beginning of one that a run writes',
    );
  return { metrics, torn };
}

function parseLine(line: string, at: string): Metric {
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch {
    throw damaged(at, 'the line is not JSON');
  }
  const has = (key: string) => typeof json === 'object' && json !== null && key in json;
  const schema = has('correct') ? examined : has('heldOut') ? evaluated : taken;
  const result = v.safeParse(schema, json, { abortEarly: true });
  if (!result.success) {
    const [issue] = result.issues;
    throw damaged(at, `${v.getDotPath(issue) ?? 'the line'}: ${issue.message}`);
  }
  // A run never writes a key twice, or another spelling of a number.
  if (lineOf(result.output) !== line) throw damaged(at, 'the line is not as a run writes it');
  return result.output;
}

function checkOrder(before: Metric | undefined, metric: Metric, at: string): void {
  const reached = before?.step ?? 0;
  const first = before === undefined && metric.step === 0;
  const fits =
    'heldOut' in metric
      ? first || (before !== undefined && 'loss' in before && metric.step === reached)
      : metric.step === reached + 1;
  if (fits) return;
  const what = 'heldOut' in metric ? 'a held-out loss' : 'a step';
  throw damaged(
    at,
    `step: ${what} of ${metric.step} does not follow ${before ? `step ${reached}` : 'the start'}`,
  );
}

/** Matches a number as JSON.stringify writes it, or its beginning. */
const NUMBER = String.raw`-?(?:\d+(?:\.\d*)?(?:e(?:[+-]\d*)?)?)?`;

/** The forms of a line, each as its parts in order: literal texts, and undefined for a number. */
const FORMS = [taken, evaluated, examined].map(({ entries }) =>
  Object.keys(entries)
    .flatMap((key, n) => [`${n === 0 ? '{' : ','}"${key}":`, undefined])
    .concat('}'),
);

/** Whether a text is the beginning of a line, or empty. */
function begins(text: string): boolean {
  return FORMS.some((parts) => {
    let rest = text;
    for (const part of parts) {
      if (part === undefined) {
        rest = rest.slice(new RegExp(`^${NUMBER}`).exec(rest)![0].length);
      } else {
        const least = Math.min(part.length, rest.length);
        if (rest.slice(0, least) !== part.slice(0, least)) return false;
        rest = rest.slice(least);
      }
      if (rest === '') return true;
    }
    return false;
  });
}
