/** Parses the methods of `oftc plan --compare`. */
import { InvalidArgumentError } from 'commander';
import { parseSettings } from '../usage.ts';

/** A method with its settings, as the command line names it. */
export interface AskedMethod {
  readonly name: string;
  readonly settings: Readonly<Record<string, string>>;
  readonly asWritten: boolean;
}

const AS_WRITTEN = 'as-written';

/** Parses `oft,lora:r=8,oft:b=32:as-written`. */
export function parseCompared(text: string): AskedMethod[] {
  return text.split(',').map((one) => {
    const [name = '', ...rest] = one.trim().split(':');
    if (name === '')
      throw new InvalidArgumentError(`Write methods with commas: oft,lora:r=8, got '${text}'.`);
    const asWritten = rest.includes(AS_WRITTEN);
    const pairs = rest.filter((r) => r !== AS_WRITTEN);
    const given = pairs.length > 0 ? parseSettings(pairs.join(',')) : {};
    return { name, settings: given, asWritten };
  });
}
