import { wrongArgument } from '../language/arguments.ts';

/** A store of texts by key, which keeps compiled Plans so that equal programs are not compiled again. */
export interface PlanStore {
  /** The text that was saved for a key; undefined where there is none, or where it is damaged. */
  read(key: string): string | undefined;
  /** Keeps a text; a promise resolves when it is kept, or when it is known that it is not. */
  write(key: string, text: string): void | Promise<void>;
}

/** Returns the value if it is a store. Throws OFT4016 if not. */
export function storeOf(value: PlanStore): PlanStore {
  const store: Partial<PlanStore> | null | undefined = value;
  if (typeof store?.read === 'function' && typeof store.write === 'function') return value;
  throw wrongArgument('the option plans', 'a store of Plans, such as planFolder()', value);
}
