/** Requests a device and prints why there is none. */
import { requestDevice } from '../../../runtime/index.ts';
import { nodeGpu } from '../../../runtime/node.ts';

try {
  await requestDevice(await nodeGpu());
  console.log('found');
} catch (error) {
  console.log(`${error}`);
}
