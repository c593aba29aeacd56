// Writes the processor seconds of a process to a file when the process ends by itself.
import { writeFileSync } from 'node:fs';

process.on('exit', () => {
  const { user, system } = process.cpuUsage();
  writeFileSync(process.env.OFTC_SECONDS, String((user + system) / 1e6));
});
