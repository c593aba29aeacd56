/** The process's own streams, as commands write to them. */
import { EXIT } from './exit.ts';
import type { Writer } from './io.ts';

/**
 * A reader that has seen enough (`oftc explain … | head`) is no failure, and no success either: the command goes on
 * without it, and its exit code says how it ended. Any other failure of stdout ends the process.
 */
export function processStreams(): { readonly stdout: Writer; readonly stderr: Writer } {
  const { stdout, stderr } = process;
  let closed = false;
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') {
      closed = true;
      return;
    }
    stderr.write(`error IoError: cannot write to stdout: ${error.message}\n`);
    process.exit(EXIT.refused);
  });
  // Progress that nobody reads stops no work.
  stderr.on('error', () => {});
  return {
    stdout: {
      write: (text) => closed || stdout.write(text),
      isTTY: stdout.isTTY,
      hasColors: () => stdout.hasColors?.() ?? false,
      get closed() {
        return closed;
      },
    },
    stderr,
  };
}
