import fc from 'fast-check';
import { expect, it } from 'vitest';
import { JsonReader } from '../../src/formats/safetensors/json.ts';

function problemOf(text: string): string | undefined {
  const reader = new JsonReader(text, (problem, at) => new RangeError(`${at}: ${problem}`));
  try {
    reader.skip();
    reader.end();
    return undefined;
  } catch (error) {
    if (error instanceof RangeError) return error.message;
    throw error;
  }
}

const parses = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

const unit = fc.oneof(
  fc.constantFrom(...'{}[]:,"\\/bfnrtu0123456789+-.eE \t\n\r\u0000\u001f\u007f\ufeff\u00a0d8'),
  fc.constantFrom('true', 'nul', '\\u0041', '\\ud83d\\ude00', '"', '""'),
);
const mutated = fc
  .tuple(fc.json(), fc.array(fc.tuple(fc.nat(), unit, fc.integer({ min: 0, max: 2 })), { maxLength: 2 }))
  .map(([text, edits]) =>
    edits.reduce((now, [seed, piece, drop]) => {
      const at = seed % (now.length + 1);
      return now.slice(0, at) + piece + now.slice(at + drop);
    }, text),
  );

it('accepts exactly what JSON.parse does, less duplicate keys and lone surrogates', () => {
  const seen = { both: 0, neither: 0 };
  fc.assert(
    fc.property(
      fc.oneof(
        mutated,
        fc.array(unit).map((units) => units.join('')),
      ),
      (text) => {
        const problem = problemOf(text);
        if (parses(text)) {
          if (problem !== undefined) expect(problem).toMatch(/twice|lone surrogate/);
          seen.both++;
        } else {
          expect(problem).toBeDefined();
          seen.neither++;
        }
      },
    ),
    { numRuns: 10_000, seed: 3 },
  );
  expect(Math.min(seen.both, seen.neither)).toBeGreaterThan(1000);
});

it('stops at 128 levels', () => {
  expect(problemOf(`${'['.repeat(128)}0${']'.repeat(128)}`)).toBeUndefined();
  expect(problemOf(`${'['.repeat(129)}0${']'.repeat(129)}`)).toContain('nested deeper than 128');
});
