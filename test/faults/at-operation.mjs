/**
 * A module that is preloaded into a process. At the n-th operation within a folder that changes the disk, it sends its own
 * process a signal, as `OFTC_AT` says: {"signal", "n", "within"}. A signal that can be caught arrives at the next turn of
 * the event loop. SIGKILL and SIGSTOP act at once.
 */
import { watchOperations } from './operations.mjs';

const { signal, n, within } = JSON.parse(process.env.OFTC_AT);
let seen = 0;
await watchOperations((name, _kind, path) => {
  if (!path.startsWith(within) || ++seen !== n) return;
  process.stderr.write(`${signal} at ${name} of ${path}\n`);
  process.kill(process.pid, signal);
});
