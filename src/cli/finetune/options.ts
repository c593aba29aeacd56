/** Parses the option values of `oftc finetune` and of the commands on a trained adapter. */
import { InvalidArgumentError } from 'commander';
import { readDecimal } from '../../../compiler/dims/decimal.ts';
import { limits } from '../../../compiler/limits.ts';
import type { Betas } from '../../finetune/adamw.ts';
import { whole } from '../usage.ts';

/** The engines by the names that `--engine` takes. */
export const ENGINES = ['webgpu', 'torch'] as const;

/** A parser for finite numbers of at least `least`, or above it. */
const number = (what: string, least: number, above: boolean) => (text: string) => {
  const value = readDecimal(text);
  if (value !== undefined && (above ? value > least : value >= least)) return value;
  throw new InvalidArgumentError(
    `${what} must be a number ${above ? 'above' : 'of at least'} ${least}, got '${text}'.`,
  );
};

const ranged = (what: string, least: number) => (text: string) =>
  whole(what, text, least, limits.option, `from ${least} to ${limits.option.most}`);

export const parseSteps = ranged('steps', 1);
export const parseSize = ranged('the number', 1);
export const parseNatural = ranged('the number', 0);
export const parseRate = number('the learning rate', 0, true);
export const parseLeastRate = number('the least learning rate', 0, false);
export const parsePositive = number('the number', 0, true);
export const parseTemperature = number('the temperature', 0, false);
export const parseDecay = number('the weight decay', 0, false);

/** Parses the power of a text's length, a number of either sign. */
export function parsePenalty(text: string): number {
  const value = readDecimal(text);
  if (value !== undefined) return value;
  throw new InvalidArgumentError(`the length penalty must be a number, got '${text}'.`);
}

/** Parses a rank, or `auto`. */
export const parseRank = (text: string): number | 'auto' =>
  text === 'auto' ? text : whole('the rank', text, 1, limits.option, 'of at least 1, or auto');

/** Parses a relative error. Below 1e-6, float32 cannot hold it. */
export function parseTolerance(text: string): number {
  const value = readDecimal(text);
  if (value !== undefined && value >= 1e-6 && value < 1) return value;
  throw new InvalidArgumentError(
    `the tolerance must be a number of at least 1e-6, which float32 keeps, and below 1, got '${text}'.`,
  );
}

/** Parses `0.9,0.999`. */
export function parseBetas(text: string): Betas {
  const given = text.split(',').map((t) => readDecimal(t.trim()));
  const [first, second] = given;
  const isBeta = (b: number | undefined): b is number => b !== undefined && b >= 0 && b < 1;
  if (given.length === 2 && isBeta(first) && isBeta(second)) return [first, second];
  throw new InvalidArgumentError(`Write two numbers of at least 0 and below 1: 0.9,0.999, got '${text}'.`);
}

/** Parses a part of at least 0 and below 1. */
export function parsePart(text: string): number {
  const part = readDecimal(text);
  if (part !== undefined && part >= 0 && part < 1) return part;
  throw new InvalidArgumentError(`Write a part of at least 0 and below 1, such as 0.1, got '${text}'.`);
}

/** Parses the source of a regular expression, and leaves it as text. */
export function parsePattern(text: string): string {
  try {
    new RegExp(text, 'gu');
    return text;
  } catch (e) {
    throw new InvalidArgumentError(`Write a regular expression: ${(e as Error).message}.`);
  }
}

/** Parses `1/n`, or a decimal equal to it, to n, the distance of held-out chunks; and `0`, which holds nothing out, to 0. */
export function parseHoldOut(text: string): number {
  const [, written] = /^1\/(\d{1,6})$/.exec(text) ?? [];
  const part = written === undefined ? readDecimal(text) : 1 / Number(written);
  if (part === 0) return 0;
  const n = part === undefined ? 0 : Math.round(1 / part);
  if (part !== undefined && part > 0 && n >= 2 && n < 1e6) {
    if (Math.abs(n * part - 1) < 1e-9) return n;
    throw new InvalidArgumentError(`Every nth sequence is held out: write 1/${n} instead of ${text}.`);
  }
  throw new InvalidArgumentError(`Write a part such as 1/20 or 0.05, or 0 for none, got '${text}'.`);
}

/** Parses `q_proj,v_proj`, `all-linear` or `all-linear,lm_head` to words. */
export const parseModules = (text: string): string[] => text.split(',').map((word) => word.trim());
