/** Vitest's snapshots for tests that run outside it. They are compared, and never written. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { chai } from 'vitest';

/** An assertion of chai about a value. */
interface Received {
  readonly _obj: unknown;
}

/** The folder of the running test's file, which paths of snapshots are relative to. */
let folder = '';

/** Says which file the next tests are in. */
export function inFile(path: string): void {
  folder = dirname(path);
}

function text(received: unknown): string {
  if (typeof received === 'string') return received;
  throw new TypeError('only snapshots of texts can be compared here');
}

/** An inline snapshot without the indentation of the code around it. */
function flushLeft(inline: string): string {
  const lines = inline.split('\n');
  const indentation = lines.slice(1).find((l) => l.trim() !== '');
  const width = indentation === undefined ? 0 : indentation.length - indentation.trimStart().length;
  return lines
    .map((l, i) => (i === 0 ? l : l.slice(width)))
    .join('\n')
    .trim();
}

chai.use(({ Assertion }, { addMethod }) => {
  addMethod(Assertion.prototype, 'toMatchFileSnapshot', function (this: Received, path: string) {
    chai.assert.equal(text(this._obj), readFileSync(join(folder, path), 'utf8'));
  });
  addMethod(Assertion.prototype, 'toMatchInlineSnapshot', function (this: Received, inline: string) {
    chai.assert.equal(`"${text(this._obj)}"`, flushLeft(inline));
  });
});
