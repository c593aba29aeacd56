/** Reads the lines of a .jsonl file, each with its place for messages. */
import { OftcError } from '../../../compiler/errors/error.ts';
import { type Json, parseJson, readText } from '../../formats/json.ts';

export interface Line {
  /** The file and the number of the line: `chats.jsonl:3`. */
  readonly at: string;
  readonly json: Json;
}

/** Parses each line that is not empty. Throws OFT6004 and InvalidJson with the line's place. */
export const linesOf = (text: string, path: string): Line[] =>
  text.split('\n').flatMap((line, n) => {
    const at = `${path}:${n + 1}`;
    if (line.trim() === '') return [];
    checkWhole(line.trim(), at);
    return [{ at, json: parseJson(line, at) }];
  });

/** Throws OFT6004 where the file holds an array, or an object over several lines. */
function checkWhole(line: string, at: string): void {
  if (line.startsWith('['))
    throw new OftcError(
      'OFT6004',
      `${at}: this is an array: write one object a line, without brackets around all and commas between two`,
    );
  if (line === '{')
    throw new OftcError('OFT6004', `${at}: this object goes on in the next line: write one object a line`);
}

/** Reads a file of the data as text. */
export const readDataText = (path: string): Promise<string> =>
  readText(path, 'Name a text file, one of JSON lines, or a folder of such files.');
