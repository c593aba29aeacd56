import { EXIT } from './exit.ts';
import type { Writer } from './io.ts';

/**
 * The process's streams. If the reader of stdout closes it (`oftc explain … | head`), the command goes on without
 * output, and its exit code says how it ended. Any other failure of stdout ends the process.
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
  // A failure of stderr, which carries progress, stops no work.
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
