/** Undoing half-done work when the process ends, in processes that send themselves a signal. */
import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';

const UNDO = new URL('../../../dist/src/formats/undo.js', import.meta.url).href;

/** Runs a program that may call `undoAtEnd`. */
function ran(program: string) {
  const source = `import { undoAtEnd } from '${UNDO}';\nconst say = (text) => process.stdout.write(text);\n${program}`;
  const { signal, stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', source], {
    encoding: 'utf8',
  });
  return { signal, stdout };
}

it.each(['SIGINT', 'SIGTERM', 'SIGHUP'])('%s undoes what is not done, the latest first', (signal) => {
  const program = `undoAtEnd(() => say('first ')); undoAtEnd(() => say('second ')); undoAtEnd(() => say('done '))();
process.kill(process.pid, '${signal}');
for (let turn = 0; turn < 10; turn++) await new Promise(setImmediate);
say('ignored');`;
  expect(ran(program)).toEqual({ signal, stdout: 'second first ' });
});

it('a signal that arrives as the last work is done ends the process too', () => {
  const program = `const done = undoAtEnd(() => say('undone '));
process.kill(process.pid, 'SIGTERM');
done();
for (let turn = 0; turn < 10; turn++) await new Promise(setImmediate);
say('ignored');`;
  expect(ran(program)).toEqual({ signal: 'SIGTERM', stdout: '' });
});

it('a process that has nothing left to undo ends by itself', () => {
  expect(ran("undoAtEnd(() => say('undone'))(); say('over');")).toEqual({ signal: null, stdout: 'over' });
});
