/** Opens a device, keeps no other reference, collects garbage, computes, and ends in the way its argument names. */
import { Executable, requestDevice } from '../../../runtime/index.ts';
import { nodeGpu } from '../../../runtime/node.ts';
import { saxpy } from '../plans.ts';

const collect = async (): Promise<void> => {
  for (let i = 0; i < 3; i++) {
    globalThis.gc?.();
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
};

const device = await requestDevice(await nodeGpu());
await collect();
const executable = await Executable.create(device, saxpy);
const two = Float32Array.of(1, 2);
const run = () => executable.run(2, { a: Float32Array.of(2), x: two, y0: two });
await collect();
console.log([...(await run().read('y'))].join());

switch (process.argv[2]) {
  case 'destroyed':
    device.destroy();
    await device.lost;
    await collect();
    await requestDevice(await nodeGpu());
    await collect();
    break;
  case 'global':
    Object.assign(globalThis, { device, executable, result: run() });
    break;
  case 'disposed':
    executable.dispose();
    break;
  default:
    throw new Error(`unknown way to end: ${process.argv[2]}`);
}
console.log('end');
