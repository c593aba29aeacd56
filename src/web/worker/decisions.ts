/** Checks the sizes, device and objective of a page's request, which may have any value. */
import type { Objective } from '../../../compiler/associate/select.ts';
import { DEVICES, type DeviceClass } from '../../../compiler/devices/index.ts';
import { didYouMean } from '../../../compiler/errors/nearest.ts';
import { limits } from '../../../compiler/limits.ts';
import { defined, entryOf } from '../../../compiler/records.ts';
import type { CompileInput } from '../protocol.ts';

export interface Decisions {
  readonly dims: Readonly<Record<string, number>>;
  readonly device: DeviceClass;
  readonly tokens?: number;
  readonly objective?: Objective;
  readonly asWritten?: boolean;
}

/** Throws RangeError for a value that is none of those that there are. */
export function decisions({
  dims = {},
  device = 'gpu',
  tokens,
  objective,
  asWritten,
}: CompileInput): Decisions {
  const known = entryOf(DEVICES, device);
  const names = Object.keys(DEVICES);
  if (!known)
    throw new RangeError(
      `there is no class of devices '${device}'; there are ${names.join(', ')}${didYouMean(device, names)}`,
    );
  return {
    dims,
    device: known,
    ...defined({
      tokens: tokens === undefined ? undefined : tokensOf(tokens),
      objective: objectiveOf(objective),
      asWritten,
    }),
  };
}

export function tokensOf(tokens: number): number {
  const { most } = limits.pageTokens;
  if (Number.isInteger(tokens) && tokens >= 1 && tokens <= most) return tokens;
  throw new RangeError(`tokens is a whole number from 1 to ${most.toLocaleString('en')}, not ${tokens}`);
}

export function objectiveOf(objective: string | undefined): Objective | undefined {
  if (objective === undefined || objective === 'latency' || objective === 'memory') return objective;
  throw new RangeError(`the objective is 'latency' or 'memory', not '${objective}'`);
}
