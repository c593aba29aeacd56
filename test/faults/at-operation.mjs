/**
 * A module that is preloaded into a process. At the n-th operation within a folder that changes the disk, it sends its own
 * process a signal, as `OFTC_AT` says: {"signal", "n", "within"}. SIGKILL and SIGSTOP act at once. A signal that can be
 * caught arrives at the next turn of the event loop: an operation in a later turn shows that it was not obeyed.
 */
import { watchOperations } from './operations.mjs';

const { signal, n, within } = JSON.parse(process.env.OFTC_AT);
let seen = 0;
/** The turns of the event loop since the signal was sent. */
let turns = 0;
const turn = () => {
  if (++turns < TURNS) setImmediate(turn);
};
/** The turns in which the signal is heard, and in which its listeners end the process. */
const TURNS = 3;

await watchOperations((name, _kind, path) => {
  if (!path.startsWith(within)) return;
  if (turns === TURNS) process.stderr.write(`${signal} was ignored before ${name} of ${path}\n`);
  if (++seen !== n) return;
  process.stderr.write(`${signal} at ${name} of ${path}\n`);
  process.kill(process.pid, signal);
  setImmediate(turn);
});
