/** The entry of the `oftc` program. */
import './optimise-later.ts';
import { main } from './cli.ts';
import { processStreams } from './streams.ts';

process.exitCode = await main(process.argv.slice(2), processStreams());
