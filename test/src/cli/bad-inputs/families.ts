/** All kinds of bad inputs, by name. */
import type { Family } from './cases.ts';
import { SPOILT } from './cases.ts';
import { CODE } from './hostile-code.ts';
import { FIELDS } from './hostile-fields.ts';
import { FILES } from './hostile-files.ts';
import { LINES } from './hostile-lines.ts';
import { TENSORS } from './hostile-tensors.ts';
import { TEXTS } from './hostile-texts.ts';

export const FAMILIES: Readonly<Record<string, Family>> = {
  ...{ ...SPOILT, ...LINES, ...FILES, ...FIELDS, ...TENSORS, ...TEXTS, ...CODE },
};
