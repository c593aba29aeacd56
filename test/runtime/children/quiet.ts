/** Opens a device while other text goes to stderr, by Node and by its file descriptor. */
import { writeSync } from 'node:fs';
import { withoutLimitWarnings } from '../../../runtime/dawn-warnings.ts';
import { requestDevice } from '../../../runtime/index.ts';
import { nodeGpu } from '../../../runtime/node.ts';

console.error('before');
(await requestDevice(await nodeGpu())).destroy();
const value = withoutLimitWarnings(() => {
  for (const kind of ['Uniform', 'Storage', 'Other'])
    writeSync(
      2,
      `Warning: maxDynamic${kind}BuffersPerPipelineLayout artificially reduced from 9 to 8 to fit dynamic offset allocation limit.\n`,
    );
  writeSync(2, 'Error: the driver says so\n');
  return 'value';
});
try {
  withoutLimitWarnings(() => {
    writeSync(2, 'Error: and fails\n');
    throw new Error('failed');
  });
} catch (e) {
  console.error((e as Error).message);
}
console.error('after');
console.log(value);
