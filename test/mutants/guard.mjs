/**
 * A thread beside a worker's tests, which ends the worker where a test takes too much processor time or waits for
 * something that does not come. A test that loops blocks the worker's own timers, and a busy machine changes no limit.
 * It is JavaScript, because the loader of TypeScript does not reach threads.
 */
import { workerData } from 'node:worker_threads';

/** The milliseconds between two looks. */
const INTERVAL = 250;
/** The seconds without processor time after which a test counts as hung. */
const IDLE_SECONDS = 60;

let [used, idle] = [0, 0];
setInterval(() => {
  const { user, system } = process.cpuUsage();
  const now = (user + system) / 1e6;
  // The process's seconds at which the running test counts as hung; 0 while no test runs.
  const end = workerData[0];
  // This thread itself takes some milliseconds.
  idle = end > 0 && now - used < 0.01 ? idle + INTERVAL / 1000 : 0;
  used = now;
  if (end > 0 && (now > end || idle > IDLE_SECONDS)) process.kill(process.pid, 'SIGKILL');
}, INTERVAL);
