/**
 * The state of the page as the hash of its address: `#v1/` and the state as JSON, deflated with zlib's checksum, in
 * base64url. A hash comes from strangers, so that its size is limited before and after it is inflated, and each field is
 * checked.
 */
import * as v from 'valibot';
import { pageLimits } from '../../../compiler/page-limits.ts';

/** A version of a layer: its source, and what the compiler decides by. */
export interface Version {
  /** The texts of all files by path. */
  readonly files: Readonly<Record<string, string>>;
  /** The path of the layer's file. */
  readonly file: string;
  readonly layer?: string;
  readonly config: Readonly<Record<string, string | number | boolean>>;
  readonly dims: Readonly<Record<string, number>>;
  readonly tokens: number;
  readonly device: string;
  readonly objective?: 'latency' | 'memory';
}

export const TABS = ['derivation', 'candidates', 'kernels', 'torch', 'run', 'problems'] as const;
export type Tab = (typeof TABS)[number];

export interface State {
  readonly version: Version;
  /** The version that panes are compared with. */
  readonly before?: Version;
  readonly compare: boolean;
  readonly tab: Tab;
}

/** The error for a hash that holds no state. */
export class HashError extends Error {
  override readonly name = 'HashError';
}

const PREFIX = '#v1/';
/** The largest number of characters of a hash, and of bytes of the state itself. Browsers take much longer hashes. */
const [LONGEST, LARGEST] = [pageLimits.linkCharacters.most, pageLimits.linkBytes.most];

const SHORT = v.pipe(v.string(), v.maxLength(200));
const RECORD = <T extends v.GenericSchema>(of: T) => v.record(SHORT, of);
const VERSION = v.strictObject({
  files: v.pipe(
    RECORD(v.string()),
    v.check((f) => Object.keys(f).every((path) => /^(\/[\w.-]+)+\.ts$/.test(path))),
  ),
  file: SHORT,
  layer: v.exactOptional(SHORT),
  config: RECORD(v.union([SHORT, v.number(), v.boolean()])),
  dims: RECORD(v.pipe(v.number(), v.safeInteger(), v.minValue(1))),
  tokens: v.pipe(v.number(), v.safeInteger(), v.minValue(1)),
  device: SHORT,
  objective: v.exactOptional(v.picklist(['latency', 'memory'])),
});
const SCHEMA = v.strictObject({
  version: VERSION,
  before: v.exactOptional(VERSION),
  compare: v.boolean(),
  tab: v.picklist(TABS),
});

/** The hash of a state; undefined for one that is too large for a link. */
export const encodeState = (state: State): Promise<string | undefined> => packed(PREFIX, state);

/** A value after a prefix, as a hash; undefined for one that is too large for a link. */
export async function packed(prefix: string, value: unknown): Promise<string | undefined> {
  const bytes = new TextEncoder().encode(JSON.stringify(value));
  if (bytes.length > LARGEST) return undefined;
  const hash = `${prefix}${toBase64Url(await through(bytes, new CompressionStream('deflate')))}`;
  return hash.length <= LONGEST ? hash : undefined;
}

/** The state that a hash holds. Throws HashError where it holds none. */
export async function decodeState(hash: string): Promise<State> {
  if (!hash.startsWith(PREFIX)) {
    const other = /^#v(\d+)\//.exec(hash);
    throw new HashError(
      other
        ? `This link is of version ${other[1]}, and this playground reads version 1. Ask for the source itself.`
        : 'This address has a part after # that is no link to the playground.',
    );
  }
  const state = v.safeParse(SCHEMA, await unpacked(PREFIX, hash));
  if (!state.success) throw damaged(v.getDotPath(state.issues[0]) ?? 'the whole');
  for (const { files, file } of [state.output.version, state.output.before ?? state.output.version])
    if (!Object.hasOwn(files, file)) throw damaged('file');
  return state.output;
}

/** The value that a hash holds after a prefix. Throws HashError. */
export async function unpacked(prefix: string, hash: string): Promise<unknown> {
  if (hash.length > LONGEST)
    throw new HashError(
      `This link is ${hash.length.toLocaleString('en')} characters long. The longest that is read has ${LONGEST.toLocaleString('en')}.`,
    );
  return parsed(await inflated(hash.slice(prefix.length)));
}

const damaged = (what: string): HashError =>
  new HashError(`This link is damaged: ${what} cannot be read. Was it cut off? Nothing of it was compiled.`);

async function inflated(text: string): Promise<Uint8Array> {
  let bytes: Uint8Array<ArrayBuffer>;
  try {
    bytes = fromBase64Url(text);
  } catch {
    throw damaged('a character');
  }
  try {
    return await through(bytes, new DecompressionStream('deflate'));
  } catch (e) {
    if (e instanceof HashError) throw e;
    throw damaged('the compressed text');
  }
}

function parsed(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw damaged('the text');
  }
}

/** The bytes that come out of a stream; HashError where there are too many. */
async function through(
  bytes: Uint8Array<ArrayBuffer>,
  stream: CompressionStream | DecompressionStream,
): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  const reader = new Blob([bytes]).stream().pipeThrough(stream).getReader();
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    chunks.push(next.value);
    size += next.value.length;
    if (size > LARGEST) {
      await reader.cancel();
      throw new HashError(
        `This link holds more than ${LARGEST.toLocaleString('en')} bytes, the most that is read. Nothing of it was compiled.`,
      );
    }
  }
  const all = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}

function toBase64Url(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

function fromBase64Url(text: string): Uint8Array<ArrayBuffer> {
  if (!/^[\w-]*$/.test(text)) throw new RangeError('no base64url');
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(binary, (c) => c.charCodeAt(0));
}
