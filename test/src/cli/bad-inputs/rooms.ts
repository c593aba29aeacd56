/**
 * Bad inputs for the rooms that no command leads to: messages to the compiler's worker, links to the playground, settings
 * of a run in a tab, imports and options of the bundlers' plugin. Each answers with an error of the project's own.
 * test/runtime/damaged-plan.test.ts has Plans.
 */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { decodeState, HashError } from '../../../../docs/site/playground/state.ts';
import { Project } from '../../../../src/bundlers/project.ts';
import { ORDER } from '../../../../src/web/client.ts';
import { askedFor } from '../../../../src/web/finetune/arguments.ts';
import { Compiler } from '../../../../src/web/worker/compiler.ts';
import { ending } from '../../../support/ending.ts';
import { builtAssets, connect, layerFile } from '../../web/harness.ts';
import { OFT } from '../harness.ts';
import type { Pick } from './draw.ts';
import { BEFORE, BODIES } from './hostile-code.ts';
import { HOSTILE } from './hostile-lines.ts';
import { JUNK, KEYS, spoilBytes, spoilJson } from './mutate.ts';

export interface Answered {
  readonly title: string;
  readonly problems: readonly string[];
}
export type Room = (pick: Pick) => Promise<Answered>;

/** The words of errors that a runtime throws, where the project should have said what is wrong. */
const INTERNAL =
  /is not a function|is not iterable|Cannot (?:read|destructure|convert|access)|undefined \(|Maximum call stack|Invalid (?:array|string) length|Unexpected token|not valid JSON|is not defined|ENOENT|EISDIR|must be of type/;

/** The problem with an error: that it is none of the project's. */
function problemWith(error: unknown): string[] {
  if (!(error instanceof Error)) return [`threw ${typeof error}`];
  const isInternal =
    /^(?:TypeError|ReferenceError|SyntaxError)$/.test(error.name) || INTERNAL.test(error.message);
  return isInternal ? [`${error.name}: ${error.message.slice(0, 200)}`] : [];
}

async function answered(title: string, work: () => unknown): Promise<Answered> {
  try {
    await work();
    return { title, problems: [] };
  } catch (error) {
    return { title, problems: problemWith(error) };
  }
}

/** The kinds of requests that need no device. */
const KINDS = ORDER.filter((kind) => kind !== 'run');

let connected: ReturnType<typeof connect> | undefined;
/** One worker for all messages, as a page has. */
const worker = () => (connected ??= connect(new Compiler(builtAssets())));

/** Ends what the rooms opened. */
export function leave(): void {
  connected?.client.dispose();
  connected = undefined;
}

const source = (pick: Pick): string => {
  const body = pick(BODIES);
  const before = pick(['', '', ...BEFORE]);
  return `import { frozen, input, layer, list, trainable } from 'oftc';\n${before}\nexport const l = layer(\n  { x: input('tokens', 'in'), W: frozen('out', 'in') },\n  ({ x, W }) => ${body},\n);\n`;
};

const PATHS = [
  '/layer.ts',
  'layer.ts',
  '/../x.ts',
  '/node_modules/oftc/index.d.ts',
  '/lib.d.ts',
  '',
  '/',
  '/a.json',
  '\u0000',
];

let ids = 1000;

/** A message to the worker. */
const message: Room = (pick) => {
  const { client, port } = worker();
  const good = layerFile(OFT, { dims: { in: 8, out: 8, b: 4 } });
  const input = pick<() => unknown>([
    () => pick(JUNK),
    () => ({
      ...good,
      [pick([
        'files',
        'file',
        'layer',
        'config',
        'dims',
        'tokens',
        'device',
        'objective',
        'asWritten',
        'offset',
        'standalone',
        '__proto__',
      ])]: pick([...JUNK, ...HOSTILE]),
    }),
    () => ({
      ...good,
      [pick(['files', 'file', 'layer', 'config', 'dims', 'tokens', 'device', 'objective', 'offset'])]:
        pick(JUNK),
    }),
    () => ({
      ...good,
      files: { [pick(PATHS)]: source(pick) },
      file: pick(PATHS),
      offset: pick([0, -1, 1e9, 5.5]),
    }),
    () => ({
      ...layerFile(source(pick)),
      dims: { in: pick([8, 1e9, 0.5]), out: 8 },
      tokens: pick([4, 0, 1e12]),
      offset: 40,
    }),
    () => ({ ...good, dims: { [pick(KEYS)]: 4, in: 8 }, config: { [pick(KEYS)]: 4, terms: pick(JUNK) } }),
    () => ({
      files: {
        '/layer.ts': OFT,
        '/tsconfig.json': pick(['{', '{"extends":"./tsconfig.json"}', 'null', '[]']),
      },
      file: '/layer.ts',
    }),
  ])();
  const kind = pick<string>([...KINDS, ...KINDS, ...KEYS]);
  const id = ids++;
  const title = `${kind} of ${JSON.stringify(input)?.slice(0, 100)}`;
  return new Promise((resolve) => {
    const listen = (answer: {
      readonly id?: unknown;
      readonly failure?: { name: string; message: string };
    }) => {
      if (answer.id !== id) return;
      port.off('message', listen);
      const { failure } = answer;
      const problems = failure
        ? problemWith(Object.assign(new Error(failure.message), { name: failure.name }))
        : [];
      const lives = client
        .check(layerFile(OFT))
        .then(({ layer }) => (layer?.name === 'oft' ? [] : ['the worker is broken']));
      void lives.then(
        (more) => resolve({ title, problems: [...problems, ...more] }),
        (error: unknown) => resolve({ title, problems: [...problems, `the worker is broken: ${error}`] }),
      );
    };
    port.on('message', listen);
    // A message that cannot be cloned fails here, at its sender, and not in the worker.
    port.postMessage({ id, kind, input });
  });
};

/** A link to the playground from a stranger. */
const permalink: Room = async (pick) => {
  const version = {
    files: { '/a.ts': OFT },
    file: '/a.ts',
    config: {},
    dims: { in: 8 },
    tokens: 4,
    device: 'gpu',
  };
  const state = JSON.stringify({ version, compare: false, tab: 'kernels' });
  const text = pick<() => string>([
    () => spoilJson(state, pick),
    () => spoilJson(state, pick),
    () => state.replace('"/a.ts"', JSON.stringify(pick([...KEYS, ...HOSTILE]))),
    () => `${'['.repeat(100_000)}`,
    () => JSON.stringify('x'.repeat(pick([1e3, 1e6, 4e7]))),
    () => JSON.stringify(pick(JUNK)),
  ])();
  const packed = deflateSync(Buffer.from(text));
  const hash = pick<() => string>([
    () => `#v1/${packed.toString('base64url')}`,
    () => `#v1/${packed.toString('base64url')}`,
    () => `#v1/${spoilBytes(packed, pick).toString('base64url')}`,
    () => `#v1/${packed.toString('base64')}`,
    () => `#v${pick([0, 2, 99])}/${packed.toString('base64url')}`,
    () => `#${pick(HOSTILE)}`,
    () => `#v1/${pick(HOSTILE)}`,
  ])();
  const title = `a link ${hash.slice(0, 60)} of ${text.slice(0, 60)}`;
  try {
    const got = await decodeState(hash);
    const isPlain = Object.keys(got).every((k) => ['version', 'before', 'compare', 'tab'].includes(k));
    return { title, problems: isPlain ? [] : ['a field of a stranger came through'] };
  } catch (error) {
    return {
      title,
      problems: error instanceof HashError ? [] : [`no HashError: ${String(error).slice(0, 200)}`],
    };
  }
};

/** The settings of a run in a tab, and a layer from the playground as data. */
const settings: Room = (pick) => {
  const good = { adapter: 'oft', set: { b: '4' }, targets: ['q_proj'] };
  const key = pick(['adapter', 'set', 'targets'] as const);
  const value = pick<unknown>([
    ...HOSTILE,
    { name: 'x', program: pick(JUNK), config: {} },
    {
      name: '__proto__',
      program: { version: 1, name: 'x', inputs: [], nodes: [], outputs: [], where: [] },
      config: {},
    },
    { [pick(KEYS)]: pick(HOSTILE) },
  ]);
  const isOfKind =
    key === 'targets' ? [value] : key === 'set' && typeof value === 'string' ? { b: value } : value;
  return answered(`settings with ${key} ${JSON.stringify(value).slice(0, 80)}`, () =>
    askedFor({ ...good, [key]: isOfKind } as never),
  );
};

/** An import, or options, of the plugin. */
const plugin: Room = async (pick) => {
  const folder = mkdtempSync(join(tmpdir(), 'oftc-plugin-'));
  try {
    mkdirSync(join(folder, 'in'));
    writeFileSync(join(folder, 'in/layer.ts'), pick([true, false]) ? source(pick) : OFT);
    const options = pick<() => unknown>([
      () => ({}),
      () => ({}),
      () => ({
        [pick(['devices', 'gradients', 'layers', 'dims', 'dts', 'cache', 'tuning', 'quantized', ...KEYS])]:
          pick(JUNK),
      }),
      () => ({ layers: { [pick(HOSTILE)]: pick(JUNK) } }),
      () => pick(JUNK),
    ])();
    const query = pick<() => string>([
      () => '?oftc&dims=in=8,out=8,b=4',
      () =>
        `?oftc&${pick(['dims', 'config', 'layer', 'devices', 'objective', 'quantized', 'allow', ...KEYS])}=${pick(HOSTILE)}`,
      () => `?oftc&${pick(HOSTILE)}`,
      () => `?oftc&oftc&dims=in=8&dims=in=9`,
      () => `?oftc#${pick(HOSTILE)}`,
    ])();
    const file = pick([
      './layer.ts',
      './layer.ts',
      '../in/layer.ts',
      './no-such.ts',
      '.',
      '/dev/zero',
      'node:fs',
      './layer.ts\u0000',
      pick(HOSTILE),
    ]);
    const title = `the import ${JSON.stringify(`${file}${query}`).slice(0, 100)} with ${JSON.stringify(options)?.slice(0, 60)}`;
    const rest =
      typeof options === 'object' && options !== null && !Array.isArray(options)
        ? { cache: false, dts: false, ...options }
        : options;
    const met = await answered(title, async () => {
      const project = new Project(rest as never, join(folder, 'in'));
      const id = await project.resolve(`${file}${query}`, join(folder, 'in/use.ts'), async () => undefined);
      await project.load(id);
    });
    const written = readdirSync(folder).filter((name) => name !== 'in');
    return { ...met, problems: [...met.problems, ...written.map((name) => `wrote ${name}`)] };
  } finally {
    rmSync(folder, { recursive: true });
  }
};

/** The room, which may hang: then the worker is left, and the next message has a new one. */
const bounded =
  (name: string, room: Room): Room =>
  async (pick) => {
    const met = await ending(room(pick));
    if (met !== 'hangs') return met;
    leave();
    return { title: `a bad ${name}`, problems: ['hangs'] };
  };

export const ROOMS: Readonly<Record<string, Room>> = Object.fromEntries(
  Object.entries({ message, permalink, settings, plugin }).map(([name, room]) => [name, bounded(name, room)]),
);
