/** Says in a page's words what ended a run. */
import type { Failure } from './protocol.ts';

function* causes(error: unknown): Generator<object> {
  for (let e: unknown = error; typeof e === 'object' && e !== null; e = (e as { cause?: unknown }).cause)
    yield e;
}

const codeOf = (error: object): string | undefined =>
  'code' in error && typeof error.code === 'string' ? error.code : undefined;

const isLost = (error: unknown): boolean => [...causes(error)].some((e) => codeOf(e) === 'DeviceLost');

const isFull = (error: unknown): boolean => [...causes(error)].some((e) => codeOf(e) === 'ENOSPC');

/** The error for a lost device. */
export const lossOf = (why: string): Error =>
  Object.assign(new Error(`the GPU device is lost (${why || 'the driver gave no reason'})`), {
    code: 'DeviceLost',
  });

/** The milliseconds after a failure in which the loss of the device that caused it becomes known. */
const KNOWN = 200;

/** The loss of the device where it caused an error: what waited for the device may fail before the loss is known. */
export async function ownCause(error: unknown, device: Promise<GPUDevice> | undefined): Promise<unknown> {
  if (isLost(error) || !device) return error;
  const later = new Promise<undefined>((resolve) => setTimeout(() => resolve(undefined), KNOWN));
  const lost = await Promise.race([device.then((d) => d.lost).catch(() => undefined), later]);
  return lost ? lossOf(lost.message) : error;
}

/** Describes an error for the page. `saved` is the step of the last checkpoint. */
export function failureOf(error: unknown, saved?: number): Failure {
  const kept =
    saved === undefined ? '' : ` The checkpoint after step ${saved} is whole: resume the run from it.`;
  const message = error instanceof Error ? error.message : String(error);
  if (isFull(error))
    return {
      code: 'ENOSPC',
      message: `The browser's storage is full. Delete older runs here, or data of other sites in the browser's settings.${kept}`,
    };
  if (isLost(error)) {
    const why = /\((.*?)\)/.exec(message)?.[1] ?? 'the driver gave no reason';
    return { code: 'DeviceLost', message: `The GPU device is lost (${why}).${kept}` };
  }
  const code = typeof error === 'object' && error !== null ? codeOf(error) : undefined;
  return { ...(code === undefined ? {} : { code }), message: `${message}${kept}` };
}
