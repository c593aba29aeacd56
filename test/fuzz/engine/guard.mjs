/**
 * A thread beside the fuzzer, which ends the process where a case takes too much processor time, waits for something that
 * does not come, or takes too much memory. A case that loops blocks the fuzzer's own timers, and a busy machine changes
 * no limit. It is JavaScript, because a worker starts from a file without a loader.
 */
import { writeFileSync } from 'node:fs';
import { workerData } from 'node:worker_threads';

const { counter, seconds, megabytes, idleSeconds, file } = workerData;
/** The milliseconds between two looks. */
const INTERVAL = 200;

let [known, since, idle, before] = [-1, 0, 0, 0];
setInterval(() => {
  const { user, system } = process.cpuUsage();
  const now = (user + system) / 1e6;
  const running = Atomics.load(counter, 0);
  // This thread itself takes some milliseconds.
  idle = now - before < 0.01 ? idle + INTERVAL / 1000 : 0;
  before = now;
  if (running !== known) [known, since, idle] = [running, now, 0];
  const held = process.memoryUsage.rss() / 2 ** 20;
  const why =
    now - since > seconds
      ? `hang: more than ${seconds} s of processor time`
      : idle > idleSeconds
        ? `hang: ${idleSeconds} s without processor time`
        : held > megabytes
          ? `memory: more than ${megabytes} MB`
          : undefined;
  if (why === undefined) return;
  writeFileSync(file, why);
  process.kill(process.pid, 'SIGKILL');
}, INTERVAL);
