import { CodedError } from '../../compiler/errors/coded.ts';
import type { models } from '../../compiler/errors/codes/models.ts';
import { aboveLimit, type Limit } from '../../compiler/limits.ts';
import { shown } from './safetensors/error.ts';

export type FormatErrorCode = keyof typeof models;

/** The place that a message names: the file or folder, and the field or tensor in it, if there is one. */
export interface At {
  readonly file: string;
  readonly name?: string | undefined;
  readonly cause?: unknown;
}

/**
 * The error for files of models, tokenizers and adapters that are refused. A single tensor file may also throw
 * SafetensorsError, and a quantised weight QuantizationError.
 */
export class FormatError extends CodedError<FormatErrorCode> {
  override readonly name = 'FormatError';
  declare readonly file: string;

  constructor(code: FormatErrorCode, at: At, problem: string, remedy: string) {
    const where = at.name === undefined ? at.file : `${at.file}: ${shown(at.name)}`;
    super(code, `${where}: ${problem}${problem.endsWith('?') ? '' : '.'} ${remedy}`, at);
  }
}

/** Throws `code` if a number is above one of oftc's own limits. */
export function checkLimit(found: number, limit: Limit, code: FormatErrorCode, at: At, remedy: string): void {
  if (found > limit.most) throw new FormatError(code, at, aboveLimit(found, limit), remedy);
}

/** Lists the first of many names, for a message. */
export function listed(names: readonly string[], most = 5): string {
  const some = names.slice(0, most).map(shown).join(', ');
  return names.length > most ? `${some} and ${names.length - most} more` : some;
}

/** A JSON value as text, cut short. */
export function shownValue(value: unknown): string {
  const text = JSON.stringify(value) ?? 'missing';
  return text.length <= 120 ? text : `${text.slice(0, 120)}…`;
}

/** A number and the name of what it counts: `1 row`, `2 rows`. */
export const counted = (n: number, one: string, several = `${one}s`): string =>
  `${n} ${n === 1 ? one : several}`;
