/** The sizes that methods get where several are compared and none is stated: those that PEFT and papers use most. */
import { type Given, libraryName } from './methods.ts';

const USUAL: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  ...Object.fromEntries(['oft', 'scaledOft', 'diagOft', 'lycorisBoft'].map((name) => [name, { b: '32' }])),
  ...Object.fromEntries(['lora', 'dora'].map((name) => [name, { r: '16' }])),
  boft: { b: '8', factors: '2' },
  hra: { r: '8' },
};

/** The settings of a method with usual sizes; a size that is given leaves the others to follow from it. */
export function withUsualSizes(method: string, given: Given): Given {
  const name = libraryName(method);
  if (name === undefined || !Object.hasOwn(USUAL, name) || 'b' in given || 'r' in given) return given;
  return { ...USUAL[name], ...given };
}
