/**
 * The code that this process printed last for a class of devices. An edited layer prints only the kernels that the edit
 * changes, and equal layers of several programs print theirs once.
 */
import type { DeviceClass } from '../compiler/devices/index.ts';
import type { Printed, ScheduleOptions } from './families/family.ts';

/** The most kernels that a class keeps. An adapter's layer with its gradients has about 10. */
const MOST = 64;

type Choices = Pick<ScheduleOptions, 'tokens' | 'one' | 'strategy' | 'tuned'>;

/** The code of kernels by their keys, and what it was chosen for. The least recently used code comes first. */
class Recent extends Map<string, Printed> {
  override get(key: string): Printed | undefined {
    const known = super.get(key);
    if (known !== undefined) this.set(key, known);
    return known;
  }

  override set(key: string, printed: Printed): this {
    this.delete(key);
    super.set(key, printed);
    if (this.size > MOST) this.delete(this.keys().next().value!);
    return this;
  }
}

const classes = new WeakMap<DeviceClass, Recent>();

/** Finds and keeps code by a kernel's key. Code for schedules that were measured is not kept. */
export function printedFor(
  device: DeviceClass,
  { tokens, one, strategy = '', tuned = [] }: Choices,
): ScheduleOptions['printed'] {
  if (tuned.length > 0) return new Map();
  if (!classes.has(device)) classes.set(device, new Recent());
  const recent = classes.get(device)!;
  const whole = (key: string) => `${tokens} ${one} ${strategy} ${key}`;
  return {
    get: (key) => recent.get(whole(key)),
    set: (key, printed) => recent.set(whole(key), printed),
  };
}
