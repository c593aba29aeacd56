/** Warns once if training makes the model worse, whatever the method. */
import type { Engine } from './engine.ts';
import type { Metric } from './metrics.ts';

/** The increase of the held-out loss, in nats, that counts as worse. It is small: evaluations use the same tokens. */
const WORSE = 0.01;

/** Without held-out chunks: the number of steps to average, and the increase in nats that doubles the perplexity. */
const [STEPS, DOUBLED] = [10, Math.log(2)];

export class Course {
  #heldOut: number | undefined;
  #batches: number[] = [];
  #first: number | undefined;
  #told = false;

  /** Takes the next metric, and returns a warning the first time that the model is worse than at the start. */
  add(metric: Metric): string | undefined {
    const worse = 'heldOut' in metric ? this.#evaluated(metric.heldOut) : this.#stepped(metric.loss);
    if (worse === undefined || this.#told) return undefined;
    this.#told = true;
    return `step ${metric.step}: ${worse}: training makes the model worse`;
  }

  #evaluated(loss: number): string | undefined {
    this.#heldOut ??= loss;
    if (loss <= this.#heldOut + WORSE) return undefined;
    return `the held-out loss is ${loss.toPrecision(4)}, and was ${this.#heldOut.toPrecision(4)} at the start`;
  }

  #stepped(loss: number): string | undefined {
    this.#first ??= loss;
    if (this.#heldOut !== undefined) return undefined;
    this.#batches = [...this.#batches, loss].slice(-STEPS);
    const mean = this.#batches.reduce((a, b) => a + b, 0) / this.#batches.length;
    if (this.#batches.length < STEPS || mean <= this.#first + DOUBLED) return undefined;
    return `the mean loss of the last ${STEPS} steps is ${mean.toPrecision(4)}, and that of the first step was ${this.#first.toPrecision(4)}`;
  }
}

/** A sentence that names the adapter's largest element and its tensor, and says what to try. */
export async function largestElement(engine: Pick<Engine, 'adapter'>): Promise<string> {
  let [of, most] = ['', -1];
  for (const [path, data] of await engine.adapter())
    for (const x of data) if (Math.abs(x) > most) [of, most] = [path, Math.abs(x)];
  return `The largest element of the adapter is ${most.toPrecision(3)}, in '${of}'. Try a lower --lr, a longer --warmup or a smaller --clip`;
}
