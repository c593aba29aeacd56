/** Counts the GPU objects of a process that are alive, and measures its memory after collection. */
import { setTimeout as sleep } from 'node:timers/promises';
import { nodeGpu } from '../../runtime/node.ts';

export interface Measured {
  /** Bytes of JavaScript objects, of array buffers and of what native code accounts for. */
  readonly heap: number;
  readonly external: number;
  /** Resident bytes, and the most that were resident. */
  readonly resident: number;
  readonly peak: number;
  /** GPU objects by kind that were made and neither destroyed nor collected. */
  readonly live: Readonly<Record<string, number>>;
}

const MADE: Readonly<Record<string, string>> = {
  createBuffer: 'buffers',
  createBindGroup: 'bind groups',
  createShaderModule: 'shaders',
  createQuerySet: 'query sets',
  createComputePipelineAsync: 'pipelines',
  createComputePipeline: 'pipelines',
};

const live = new Map<string, number>();
const count = (kind: string, by: number) => live.set(kind, (live.get(kind) ?? 0) + by);

/** The account of one object: it is dead once. */
interface Account {
  readonly kind: string;
  dead: boolean;
}

const end = (account: Account): void => {
  if (account.dead) return;
  account.dead = true;
  count(account.kind, -1);
};
const collected = new FinalizationRegistry(end);

function follow(kind: string, made: object & { destroy?: () => unknown }): void {
  const account: Account = { kind, dead: false };
  count(kind, 1);
  collected.register(made, account);
  const { destroy } = made;
  if (destroy)
    Object.defineProperty(made, 'destroy', {
      value() {
        end(account);
        return destroy.call(this);
      },
    });
}

/** The objects by kind that were made and neither destroyed nor collected. */
export const liveObjects = (): Record<string, number> =>
  Object.fromEntries([...live].filter(([, n]) => n !== 0).sort());

/** Counts the objects of every device that is requested from now on, until the function that it returns is called. */
export async function countObjects(): Promise<() => void> {
  const adapter = await (await nodeGpu()).requestAdapter();
  const adapters = Object.getPrototypeOf(adapter!);
  const request = adapters.requestDevice;
  const devices = new WeakSet<object>();
  const restores = [() => Object.assign(adapters, { requestDevice: request })];
  adapters.requestDevice = async function (...args: unknown[]) {
    const device = await request.apply(this, args);
    follow('devices', device);
    const prototype = Object.getPrototypeOf(device);
    if (devices.has(prototype)) return device;
    devices.add(prototype);
    for (const [method, kind] of Object.entries(MADE)) {
      const make = prototype[method];
      restores.push(() => Object.assign(prototype, { [method]: make }));
      prototype[method] = function (...given: unknown[]) {
        const made = make.apply(this, given);
        if (!(made instanceof Promise)) {
          follow(kind, made);
          return made;
        }
        return made.then((m) => {
          follow(kind, m);
          return m;
        });
      };
    }
    return device;
  };
  return () => {
    for (const restore of restores) restore();
  };
}

/** The rounds in a row that free nothing, after which all is collected, and the most rounds. */
const [QUIET, MOST] = [4, 100];

/**
 * Collects until several rounds in a row free no memory and no GPU object: finalizers run in later turns, and what they let
 * go is collected after them. Node must have been started with `--expose-gc`. Throws where there is no end of it.
 */
export async function collect(): Promise<void> {
  const { gc } = globalThis;
  if (!gc) throw new Error('start Node with --expose-gc');
  const held = () => {
    const { heapUsed, external } = process.memoryUsage();
    return { bytes: heapUsed + external, objects: [...live.values()].reduce((sum, n) => sum + n, 0) };
  };
  let before = held();
  for (let round = 0, quiet = 0; quiet < QUIET; round++) {
    if (round === MOST) throw new Error(`collections free memory without end: ${JSON.stringify(held())}`);
    gc();
    await sleep(20);
    const now = held();
    quiet = now.bytes > before.bytes * 0.999 && now.objects === before.objects ? quiet + 1 : 0;
    before = now;
  }
}

/** Collects, and measures. */
export async function measured(): Promise<Measured> {
  await collect();
  const { heapUsed, external, rss } = process.memoryUsage();
  return {
    ...{ heap: heapUsed, external, resident: rss },
    peak: process.resourceUsage().maxRSS * 1024,
    live: liveObjects(),
  };
}
