/** The requests of the playground to the worker: none for a link before the click, and each once. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Session } from '../../../../docs/site/playground/session.ts';
import type { Version } from '../../../../docs/site/playground/state.ts';
import { CompilerError, type OftcCompiler } from '../../../../src/web/client.ts';
import type { CompileInput, Kind, Problem } from '../../../../src/web/protocol.ts';

const version = (text: string): Version => ({
  files: { '/a.ts': text },
  file: '/a.ts',
  config: {},
  dims: {},
  tokens: 4,
  device: 'gpu',
});

const ERROR: Problem = { severity: 'error', code: 'TS1', message: 'wrong', related: [] };

/** A compiler that keeps what it is asked. A source of `wrong` has an error, and one of `open` an open size. */
class Recorder {
  readonly asked: string[] = [];
  /** Kinds that fail as if the source were refused, or as if the worker had stopped. */
  refuses: Kind | undefined;
  stops = false;

  /** A promise that a derivation awaits before it answers, if there is one. */
  waits: Promise<void> | undefined;

  readonly compiler = new Proxy({} as OftcCompiler, {
    get: (_, kind: Kind) => async (input: CompileInput) => {
      const answer = this.#answer(kind, input.files[input.file]!);
      if (kind === 'explain') await this.waits;
      return answer;
    },
  });

  #answer(kind: Kind, text: string): unknown {
    this.asked.push(`${kind} ${text}`);
    if (this.stops) throw new Error('the worker stopped');
    if (kind === this.refuses)
      throw new CompilerError({ name: 'OftcError', message: 'too large', code: 'OFT9', problems: [] });
    if (kind === 'check') return { layers: [], problems: text.startsWith('wrong') ? [ERROR] : [] };
    if (kind === 'run') return { available: true };
    return { of: text, explanation: { unbound: text.startsWith('open') ? ['in'] : [] } };
  }
}

const started = async (text: string, armed = true) => {
  const recorder = new Recorder();
  const session = new Session(() => recorder.compiler, version('first'), false);
  session.open(version(text), armed);
  await vi.runAllTimersAsync();
  return { recorder, session };
};

beforeAll(() => {
  vi.useFakeTimers();
});
afterAll(() => {
  vi.useRealTimers();
});

describe('a session', () => {
  it('asks nothing of a link before the click, whatever is shown', async () => {
    const { recorder, session } = await started('a', false);
    session.show('kernels');
    session.pin();
    session.setCompare(true);
    session.edit({ tokens: 8 });
    await vi.runAllTimersAsync();
    expect(recorder.asked).toEqual([]);
    session.arm();
    await vi.runAllTimersAsync();
    expect(recorder.asked.slice(0, 3)).toEqual(['check a', 'explain a', 'kernels a']);
  });

  it('asks for what the shown pane needs, once, and never runs by itself', async () => {
    const { recorder, session } = await started('a');
    for (const tab of [
      'derivation',
      'candidates',
      'kernels',
      'torch',
      'run',
      'problems',
      'kernels',
    ] as const) {
      session.show(tab);
      await vi.runAllTimersAsync();
    }
    expect(recorder.asked).toEqual(['check a', 'explain a', 'kernels a', 'torch a']);
    await session.run(session.current, 3);
    expect(recorder.asked.at(-1)).toBe('run a');
    expect(session.current.ran).toMatchObject({ of: session.current.version, ran: { available: true } });
  });

  it('checks the last of several edits, and keeps the older answer where the source is wrong', async () => {
    const { recorder, session } = await started('a');
    for (const text of ['b', 'c', 'wrong']) session.edit({ files: { '/a.ts': text } });
    await vi.runAllTimersAsync();
    expect(recorder.asked).toEqual(['check a', 'explain a', 'check wrong']);
    expect(session.current.hasErrors).toBe(true);
    expect(session.current.slots.explain.value).toMatchObject({ of: 'a' });
    expect(session.current.isFresh('explain')).toBe(false);
  });

  it('checks a newer version while an older one is still derived, and drops the older answer', async () => {
    const { recorder, session } = await started('a');
    let derived: () => void = () => {};
    recorder.waits = new Promise((resolve) => {
      derived = resolve;
    });
    session.edit({ files: { '/a.ts': 'b' } });
    await vi.runAllTimersAsync();
    recorder.waits = undefined;
    session.edit({ files: { '/a.ts': 'c' } });
    await vi.runAllTimersAsync();
    expect(recorder.asked.slice(2)).toEqual(['check b', 'explain b', 'check c', 'explain c']);
    derived();
    await vi.runAllTimersAsync();
    expect(session.current.slots.explain.value).toMatchObject({ of: 'c' });
    expect(session.working).toBe(undefined);
  });

  it('asks for no kernels while a size is open, or after the derivation was refused', async () => {
    const open = await started('open');
    open.session.show('kernels');
    await vi.runAllTimersAsync();
    expect(open.recorder.asked).toEqual(['check open', 'explain open']);

    const { recorder, session } = await started('wrong');
    recorder.refuses = 'explain';
    session.show('torch');
    session.edit({ files: { '/a.ts': 'b' } });
    await vi.runAllTimersAsync();
    expect(recorder.asked).toEqual(['check wrong', 'check b', 'explain b']);
    expect(session.current.slots.explain.refusal).toMatchObject({ code: 'OFT9', message: 'too large' });
  });

  it('keeps a version with its answers, and answers both when they are compared', async () => {
    const { recorder, session } = await started('a');
    session.pin();
    session.edit({ files: { '/a.ts': 'b' } });
    session.show('kernels');
    await vi.runAllTimersAsync();
    session.setCompare(true);
    await vi.runAllTimersAsync();
    expect(recorder.asked).toEqual([
      'check a',
      'explain a',
      'check b',
      'explain b',
      'kernels b',
      'kernels a',
    ]);
    expect(session.before!.slots.kernels.value).toMatchObject({ of: 'a' });
    session.unpin();
    expect(session).toMatchObject({ before: undefined, compare: false });
  });

  it('says that the worker stopped, and asks again after a restart', async () => {
    const { recorder, session } = await started('a');
    recorder.stops = true;
    session.edit({ tokens: 5 });
    await vi.runAllTimersAsync();
    expect(session.stopped).toBe('the worker stopped');
    recorder.stops = false;
    session.restart();
    await vi.runAllTimersAsync();
    expect(session.stopped).toBe(undefined);
    expect(session.current.isFresh('explain')).toBe(true);
  });
});
