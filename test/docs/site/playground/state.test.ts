/** The playground's address: every state comes back, and no hash from a stranger is half read. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeState,
  encodeState,
  HashError,
  type State,
  TABS,
  type Version,
} from '../../../../docs/site/playground/state.ts';

const name = fc.stringMatching(/^[a-z]\w{0,7}$/);
const size = fc.integer({ min: 1, max: 1 << 20 });
const version: fc.Arbitrary<Version> = fc
  .record({
    texts: fc.uniqueArray(fc.tuple(name, fc.string({ unit: 'binary' })), {
      selector: ([n]) => n,
      minLength: 1,
      maxLength: 3,
    }),
    layer: fc.option(name),
    config: fc.dictionary(name, fc.oneof(name, fc.boolean(), fc.integer()), { noNullPrototype: true }),
    dims: fc.dictionary(name, size, { noNullPrototype: true }),
    tokens: size,
    device: fc.constantFrom('gpu', 'portable'),
    objective: fc.option(fc.constantFrom('latency' as const, 'memory' as const)),
  })
  .map(({ texts, layer, objective, ...rest }) => ({
    files: Object.fromEntries(texts.map(([n, text]) => [`/${n}.ts`, text])),
    file: `/${texts[0]![0]}.ts`,
    ...rest,
    ...(layer === null ? {} : { layer }),
    ...(objective === null ? {} : { objective }),
  }));
const states: fc.Arbitrary<State> = fc
  .record({
    version,
    before: fc.option(version),
    compare: fc.boolean(),
    tab: fc.constantFrom(...TABS),
  })
  .map(({ before, ...rest }) => ({ ...rest, ...(before === null ? {} : { before }) }));

const STATE: State = {
  version: {
    files: { '/a.ts': 'export const a = 1;\n'.repeat(20) },
    file: '/a.ts',
    config: {},
    dims: { in: 8 },
    tokens: 4,
    device: 'gpu',
  },
  compare: false,
  tab: 'kernels',
};

/** A hash that holds any value, as a stranger could make one. */
const hashOf = async (value: unknown): Promise<string> => (await encodeState(value as State))!;

const refusal = (hash: string): Promise<string> =>
  decodeState(hash).then(
    () => 'read',
    (e: unknown) => {
      expect(e).toBeInstanceOf(HashError);
      return (e as HashError).message;
    },
  );

describe('the hash', () => {
  it('gives back every state', async () => {
    await fc.assert(
      fc.asyncProperty(states, async (state) => {
        expect(await decodeState((await encodeState(state))!)).toEqual(state);
      }),
      { numRuns: 50 },
    );
  });

  it('has characters that an address keeps as they are', async () => {
    expect(await encodeState(STATE)).toMatch(/^#v1\/[\w-]+$/);
  });

  it('is refused wherever it is cut off or has another character', async () => {
    const hash = (await encodeState(STATE))!;
    for (let at = 4; at < hash.length; at++) {
      const other = hash[at] === 'A' ? 'B' : 'A';
      const changed = [hash.slice(0, at), hash.slice(0, at) + other + hash.slice(at + 1)];
      for (const hash of changed) {
        // The last character may have bits that stand for nothing.
        const read = await decodeState(hash).catch((e: unknown) => e);
        if (!(read instanceof HashError)) expect(read).toEqual(STATE);
      }
    }
  });

  it.each([
    ['another version', '#v2/abc', /version 2/],
    ['no link', '#anything', /no link/],
    ['no base64url', '#v1/a+b', /damaged: a character/],
    ['nothing', '#v1/', /damaged/],
    ['no compressed text', '#v1/____', /damaged: the compressed text/],
    ['too long', `#v1/${'A'.repeat(70_000)}`, /70,004 characters/],
  ])('is refused: %s', async (_, hash, message) => {
    expect(await refusal(hash)).toMatch(message);
  });

  it('is refused where it unpacks to more than a page should hold', async () => {
    const text = JSON.stringify({ ...STATE, pad: ' '.repeat(1 << 20) });
    const packed = new Blob([text]).stream().pipeThrough(new CompressionStream('deflate'));
    const bytes = Buffer.from(await new Response(packed).arrayBuffer());
    expect(bytes.length).toBeLessThan(4000);
    expect(await refusal(`#v1/${bytes.toString('base64url')}`)).toMatch(/more than 524,288 bytes/);
  });

  it('is not made of a source that is too long for a link', async () => {
    const random = fc.sample(fc.stringMatching(/^[a-z]{1000}$/), { numRuns: 150, seed: 1 }).join('');
    for (const text of [' '.repeat(1 << 20), random])
      expect(await encodeState({ ...STATE, version: { ...STATE.version, files: { '/a.ts': text } } })).toBe(
        undefined,
      );
  });

  it.each([
    ['no object', 5],
    ['a size that is no whole number', { ...STATE, version: { ...STATE.version, dims: { in: 1.5 } } }],
    ['no tokens', { ...STATE, version: { ...STATE.version, tokens: 0 } }],
    ['a pane that there is none of', { ...STATE, tab: 'x' }],
    ['a field more', { ...STATE, run: true }],
    ['a file that is not there', { ...STATE, version: { ...STATE.version, file: '/b.ts' } }],
    [
      'a path that is no name',
      { ...STATE, version: { ...STATE.version, files: { '../a.ts': '' }, file: '../a.ts' } },
    ],
    ['an object as a value', { ...STATE, version: { ...STATE.version, config: { a: {} } } }],
    ['a broken version before', { ...STATE, before: { ...STATE.version, file: 'constructor' } }],
  ])('is refused as a whole: %s', async (_, value) => {
    expect(await refusal(await hashOf(value))).toMatch(/damaged: .* Nothing of it was compiled/);
  });
});
