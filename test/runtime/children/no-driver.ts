/** Requests a device where there is no driver, and prints the error. */
import { requestDevice } from '../../../runtime/index.ts';
import { nodeGpu } from '../../../runtime/node.ts';

try {
  await requestDevice(await nodeGpu());
  console.log('found');
} catch (error) {
  console.log(`${error}`);
}
