/** A place that holds no data: it compiles Plans for a device that is not there, and says how large they are. */
import type { DeviceClass } from '../../../compiler/devices/index.ts';
import { planWith } from '../../../runtime/choose.ts';
import { OftcRuntimeError } from '../../../runtime/index.ts';
import type { DeviceTraits } from '../../../runtime/plan.ts';
import { checkSizes, peakBytes, type SizeLimits, sizePlan } from '../../../runtime/schedule.ts';
import type { PlanStore } from '../../plans/store.ts';
import type { Backend } from '../../session/backends/backend.ts';
import { JOINS, type Place } from '../place.ts';

/** A device by what Plans depend on. */
export interface AbsentDevice {
  readonly class: DeviceClass;
  readonly traits: DeviceTraits;
  readonly limits: SizeLimits;
}

export interface SizedPlace extends Place {
  /** The reasons why the device would refuse a run, as it would say them. */
  readonly refusals: ReadonlySet<string>;
}

function absent(): never {
  throw new TypeError('a device that is not there computes nothing');
}

export function sizedPlace(device: AbsentDevice, plans: PlanStore | undefined): SizedPlace {
  const refusals = new Set<string>();
  const { maxBufferSize, maxStorageBufferBindingSize } = device.limits;
  return {
    backend: sizedBackend(device, refusals),
    plans,
    largest: Math.min(maxStorageBufferBindingSize, maxBufferSize),
    ledger: undefined,
    hold: absent,
    settled: absent,
    room: absent,
    checked: absent,
    copy: absent,
    joins: JOINS,
    dispose: () => {},
    refusals,
  };
}

const sizedBackend = (device: AbsentDevice, refusals: Set<string>): Backend => ({
  name: device.class.name,
  class: device.class,
  words: true,
  hold: absent,
  share: absent,
  free: absent,
  prepare: async ({ plan: planned }) => {
    const plan = planWith(device.traits, planned());
    return {
      ready: async (tokens) => {
        try {
          checkSizes(sizePlan(plan, tokens, device.limits), device.limits);
        } catch (error) {
          if (!(error instanceof OftcRuntimeError) || error.code !== 'LimitExceeded') throw error;
          refusals.add(`plan '${plan.name}': ${error.message}`);
        }
      },
      bind: absent,
      run: absent,
      peakBytes: (tokens, given) => peakBytes(plan, tokens, device.limits, given),
      dispose: () => {},
    };
  },
  dispose: () => {},
});
