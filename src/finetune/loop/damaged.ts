/** Files of a run that are not as the run wrote them. */
import { createHash } from 'node:crypto';
import { OftcError } from '../../../compiler/errors/error.ts';

/** An error for a file of a run that was changed or damaged; `at` names the file, and the line where there is one. */
export const damaged = (at: string, what: string): OftcError =>
  new OftcError(
    'OFT6013',
    `${at}: ${what}. The file was changed or damaged: put back the one that the run wrote, or start anew in another folder`,
  );

/** The SHA-256 of some pieces one after another, in hexadecimal digits. */
export function sha256(...pieces: readonly (string | Uint8Array)[]): string {
  const hash = createHash('sha256');
  for (const piece of pieces) hash.update(piece);
  return hash.digest('hex');
}
