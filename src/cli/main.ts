/** The entry of the `oftc` program. */
import './optimise-later.ts';
import { versionOf } from './package.ts';
import { processStreams } from './streams.ts';

const argv = process.argv.slice(2);
const streams = processStreams();
const [only, ...others] = argv;
if ((only === '--version' || only === '-V') && others.length === 0)
  // The command line loads the whole compiler, which takes half a second.
  streams.stdout.write(`${versionOf('oftc')}\n`);
else {
  const { main } = await import('./cli.ts');
  process.exitCode = await main(argv, streams);
}
