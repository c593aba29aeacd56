/** A process that runs the commands sent to it, one at a time, with the built program. Needs `npm run build`. */
import { main } from '../../../dist/src/cli/cli.js';

process.on('message', async (argv) => {
  let [stdout, stderr] = ['', ''];
  const exit = await main(argv, {
    stdout: { write: (text) => (stdout += text) },
    stderr: { write: (text) => (stderr += text) },
  });
  process.send({ exit, stdout, stderr });
});
