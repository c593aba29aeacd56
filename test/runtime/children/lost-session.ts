/** Calls everything on a session that is disposed or whose device is lost, and prints the code of each error. */
import { requestDevice } from '../../../runtime/index.ts';
import { nodeGpu } from '../../../runtime/node.ts';
import { oft } from '../../../src/adapters/oft.ts';
import { compile, type HostTensor } from '../../../src/index.ts';

const device = await requestDevice(await nodeGpu());
const session = await compile(oft, { device, dims: { in: 8, out: 4, b: 4 } });
const W = new Float32Array(32).fill(1);
const v = new Float32Array(12).fill(0.1);
const x = new Float32Array(16).fill(1);
const dy = new Float32Array(8).fill(1);
const bound = { W, 'v.0': v };

async function report(what: string, work: () => unknown): Promise<void> {
  const outcome = await Promise.resolve()
    .then(work)
    .then(
      () => 'resolved',
      (e: Error & { code?: string }) => e.code ?? `untyped ${e.stack}`,
    );
  console.log(`${what}: ${outcome}`);
}

const read = async (outputs: Promise<{ readAll(): Promise<Record<string, HostTensor>> }>) =>
  (await outputs).readAll();
const calls = (): Record<string, () => unknown> => ({
  bind: () => session.bind(bound),
  run: () => read(session.run({ x })),
  gradients: () => read(session.gradients({ x }, { y: dy })),
  merge: () => session.merge(),
  plan: () => session.plan('forward'),
});

session.bind(bound);
const kept = await session.run({ x });
const [, how] = process.argv.slice(1);
if (how === 'destroyed') {
  await read(session.gradients({ x }, { y: dy }));
  device.destroy();
  for (const [what, call] of Object.entries(calls())) await report(`${what} at once`, call);
  await device.lost;
} else if (how === 'under way') {
  // These calls still have to compile their kernels.
  const pending = [session.gradients({ x }, { y: dy }), session.merge()];
  session.bind(bound);
  device.destroy();
  session.bind(bound);
  for (const [i, p] of pending.entries()) await report(`under way ${i}`, () => p);
  await device.lost;
} else {
  const pending = [session.gradients({ x }, { y: dy }), session.merge()];
  const disposing = [session.dispose(), session.dispose()];
  await report('bind during dispose', () => session.bind(bound));
  for (const [i, p] of pending.entries()) await report(`under way ${i}`, () => p);
  await Promise.all(disposing);
}
for (const [what, call] of Object.entries(calls())) await report(what, call);
await report('read', () => kept.readAll());
await report('done', () => kept.done());
kept.destroy();
await report('read destroyed', () => kept.read('y'));
await report('dispose', () => session.dispose());
await report('dispose again', () => session.dispose());
await report('run disposed', () => session.run({ x }));
await new Promise((resolve) => setTimeout(resolve, 50));
console.log('end');
