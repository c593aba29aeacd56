/** Gives a run of the suite one folder for all temporary files, and removes it when the run ends. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What `os.tmpdir()` reads: workers, and the processes that they start, inherit it. */
const VARIABLES = process.platform === 'win32' ? ['TEMP', 'TMP'] : ['TMPDIR'];

export default function setup(): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'oftc-tests-'));
  for (const name of VARIABLES) process.env[name] = folder;
  return () => rmSync(folder, { recursive: true, force: true });
}
