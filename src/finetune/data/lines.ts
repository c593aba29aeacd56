/** Reads the lines of a .jsonl file, each with its place for messages. */
import { type Json, parseJson, readText } from '../../formats/json.ts';

export interface Line {
  /** The file and the number of the line: `chats.jsonl:3`. */
  readonly at: string;
  readonly json: Json;
}

/** Parses each line that is not empty. Throws InvalidJson with the line's place. */
export const linesOf = (text: string, path: string): Line[] =>
  text.split('\n').flatMap((line, n) => {
    const at = `${path}:${n + 1}`;
    return line.trim() === '' ? [] : [{ at, json: parseJson(line, at) }];
  });

/** Reads a file of the data as text. */
export const readDataText = (path: string): Promise<string> =>
  readText(path, 'Name a text file, one of JSON lines, or a folder of such files.');
