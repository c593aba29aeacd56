import { OftcError } from '../../../compiler/errors/error.ts';

/** An error for a file of a run that was changed or damaged; `at` names the file, and the line if there is one. */
export const damaged = (at: string, what: string): OftcError =>
  new OftcError(
    'OFT6013',
    `${at}: ${what}. The file was changed or damaged: put back the one that the run wrote, or start anew in another folder`,
  );
