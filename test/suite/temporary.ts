/** Makes one folder for all temporary files of a run of the suite, and removes it when the run ends. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The environment variables that `os.tmpdir()` reads. Workers and the processes that they start inherit them. */
const VARIABLES = process.platform === 'win32' ? ['TEMP', 'TMP'] : ['TMPDIR'];

export default function setup(): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'oftc-tests-'));
  for (const name of VARIABLES) process.env[name] = folder;
  return () => rmSync(folder, { recursive: true, force: true });
}
