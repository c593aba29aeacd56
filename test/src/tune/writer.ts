/** A process that adds entries to a table until it is killed, and writes a byte to stdout for each. */
import { TuningFile } from '../../../src/tune/file.ts';

const file = TuningFile.open(process.argv[2]!);
for (let i = file.table.entries.length; ; i++) {
  await file.add([
    {
      adapter: 'a',
      key: `kernel ${i}`,
      bucket: null,
      kernel: 'y',
      outcome: 'undecided',
      schedule: null,
      default: null,
      gain: null,
      times: [],
      clock: 'wall',
      tokens: 512,
      date: new Date().toISOString(),
      oftc: '0.1.0',
    },
  ]);
  process.stdout.write('.');
}
