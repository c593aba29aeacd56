#!/usr/bin/env node
/** The `oftc` program. */
import { main } from './cli.ts';
import { EXIT } from './exit.ts';

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // A reader that has seen enough (`oftc explain … | head`) is no failure.
  if (error.code === 'EPIPE') process.exit(EXIT.ok);
  process.stderr.write(`error IoError: cannot write to stdout: ${error.message}\n`);
  process.exit(EXIT.refused);
});
// Progress that nobody reads stops no work.
process.stderr.on('error', () => {});
process.exitCode = await main(process.argv.slice(2), process);
