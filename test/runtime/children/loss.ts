/** Loses the device at the moment that its argument names, and prints the code of every operation's error. */
import { Executable, OftcRuntimeError, requestDevice } from '../../../runtime/index.ts';
import { nodeGpu } from '../../../runtime/node.ts';
import { saxpy } from '../plans.ts';

const device = await requestDevice(await nodeGpu());
const tokens = 100_000;
const inputs = { a: Float32Array.of(2), x: new Float32Array(tokens), y0: new Float32Array(tokens) };

async function report(what: string, work: () => unknown): Promise<void> {
  const outcome = await Promise.resolve()
    .then(work)
    .then(
      () => 'resolved',
      (e: unknown) => (e instanceof OftcRuntimeError ? e.code : `untyped ${e}`),
    );
  console.log(`${what}: ${outcome}`);
}

if (process.argv[2] === 'compiling') {
  const creating = Executable.create(device, saxpy);
  device.destroy();
  await report('create', () => creating);
} else {
  const executable = await Executable.create(device, saxpy);
  const result = executable.run(tokens, inputs);
  const reading = process.argv[2] === 'reading' ? result.read('y') : undefined;
  device.destroy();
  if (reading !== undefined) await report('read under way', () => reading);
  await report('run at once', () => executable.run(tokens, inputs).read('y'));
  await device.lost;
  await report('read', () => result.read('y'));
  await report('done', () => result.done());
  await report('run', () => executable.run(tokens, inputs));
  await report('bind', () => executable.bind('a', Float32Array.of(1)));
  result.destroy();
  executable.dispose();
  await report('run disposed', () => executable.run(tokens, inputs));
}
await report('create again', () => Executable.create(device, saxpy));
const fresh = await requestDevice(await nodeGpu());
await report('on a new device', async () => {
  const executable = await Executable.create(fresh, saxpy);
  await executable.run(tokens, inputs).read('y');
});
