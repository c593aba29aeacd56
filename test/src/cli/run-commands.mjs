/** Runs the commands that it is sent, one at a time, with the built program: `npm run build`. */
import { main } from '../../../dist/src/cli/cli.js';

process.on('message', async (argv) => {
  let [stdout, stderr] = ['', ''];
  const exit = await main(argv, {
    stdout: { write: (text) => (stdout += text) },
    stderr: { write: (text) => (stderr += text) },
  });
  process.send({ exit, stdout, stderr });
});
