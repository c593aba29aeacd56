/** Replaces the functions by which the operating system locks files. */
import { createRequire } from 'node:module';

/** The functions of the operating system that lock. */
const system: Record<'tryLock' | 'waitForLock', (...args: unknown[]) => unknown> = createRequire(
  import.meta.url,
)('fs-native-extensions/binding.js');

/** Does work while a function of the system does `instead` first. */
export async function withSystem<T>(
  name: keyof typeof system,
  instead: (n: number) => void,
  work: () => Promise<T>,
): Promise<T> {
  const original = system[name];
  let n = 0;
  system[name] = (...args) => {
    instead(++n);
    return original(...args);
  };
  try {
    return await work();
  } finally {
    system[name] = original;
  }
}
