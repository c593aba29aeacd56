/** Renderings of a chat template in its thread: what it is given, which turn an error names, and how long it may take. */
import { afterEach, describe, expect, it } from 'vitest';
import { limits } from '../../../../compiler/limits.ts';
import { type Message, Renderer, type Rendering } from '../../../../src/formats/chat/render.ts';

const { most } = limits.templateSeconds;
const setLimit = (seconds: number) => Object.assign(limits.templateSeconds, { most: seconds });
afterEach(() => setLimit(most));

const AT = 'tokenizer_config.json: "chat_template"';
const said = (...contents: readonly string[]): readonly Message[] =>
  contents.map((content, n) => ({ role: n % 2 === 0 ? 'user' : 'assistant', content }));
const whole = (...contents: readonly string[]): Rendering => ({ messages: said(...contents), prompt: false });
const prompt = (...contents: readonly string[]): Rendering => ({ messages: said(...contents), prompt: true });

function refusal(renderer: Renderer, ...renderings: readonly Rendering[]): unknown {
  try {
    return renderer.texts(renderings);
  } catch (e) {
    if (!(e instanceof Error)) return e;
    return 'turn' in e ? [e.turn, e.message] : e.message;
  }
}

it('a template is given the turns, whether a prompt is asked for, and the special tokens', () => {
  const source =
    "{{ bos_token }}{% for m in messages %}{{ m.role }} {{ m.content }};{% endfor %}{{ 'so' if add_generation_prompt }}{{ tools is none and documents is none and tools is defined }}";
  const renderer = new Renderer(source, AT, { bos_token: '<s>' });
  expect(renderer.texts([whole('a', 'b'), prompt('c')])).toEqual([
    '<s>user a;assistant b;true',
    '<s>user c;sotrue',
  ]);
  expect(renderer.texts([])).toEqual([]);
});

it('a template that fails by itself is refused by its place', () => {
  expect(refusal(new Renderer('{% unless %}', AT, {}), whole('a'))).toBe(
    `${AT}: the chat template cannot be used: Unknown statement type: unless. Correct it, or name another one with --chat-template.`,
  );
});

describe('an error', () => {
  const renderer = new Renderer(
    "{% for m in messages %}{% if m.content == 'bad' %}{{ raise_exception('no bad turn') }}{% endif %}{% endfor %}" +
      "{% if messages | length == 3 and messages[1].content == 'alone' %}{{ raise_exception('no three') }}{% endif %}" +
      "{% if messages[0].content == 'first' and messages | length == 1 %}{{ raise_exception('no single turn') }}{% endif %}" +
      "{% if add_generation_prompt and messages[0].content == 'last' %}{{ raise_exception('no prompt') }}{% endif %}so",
    AT,
    {},
  );
  const does = (what: string, why: string) => `the chat template does not render ${what}: ${why}`;
  const upTo = does('the conversation up to it', 'no bad turn');

  it('names the first turn with which the conversation fails', () => {
    expect(refusal(renderer, whole('bad'))).toEqual([0, does('it', 'no bad turn')]);
    expect(refusal(renderer, whole('bad', 'b', 'c'))).toEqual([0, does('it', 'no bad turn')]);
    expect(refusal(renderer, whole('a', 'bad', 'c'))).toEqual([1, upTo]);
    expect(refusal(renderer, whole('a', 'b', 'bad'))).toEqual([2, upTo]);
    expect(refusal(renderer, whole('a', 'b'), whole('a', 'bad', 'b'), whole('bad'))).toEqual([1, upTo]);
    expect(refusal(renderer, prompt('a', 'bad', 'b'))).toEqual([1, upTo]);
  });

  it('names the prompt where the turns before it do not fail, or only all of them', () => {
    expect(refusal(renderer, prompt('last'))).toEqual([0, does('the prompt after it', 'no prompt')]);
    expect(refusal(renderer, prompt('last', 'b'))).toEqual([1, does('the prompt after it', 'no prompt')]);
    expect(refusal(renderer, prompt('a', 'bad'))).toEqual([1, does('the prompt after it', 'no bad turn')]);
  });

  it('names no turn at which the conversation fails for another reason', () => {
    expect(refusal(renderer, whole('first', 'b', 'bad', 'd'))).toEqual([2, upTo]);
    expect(refusal(renderer, whole('first', 'alone', 'c'))).toEqual([
      2,
      does('the conversation up to it', 'no three'),
    ]);
  });

  it('is looked for in the first fifty turns', () => {
    const talk = (bad: number) => whole(...Array.from({ length: 60 }, (_, n) => (n === bad ? 'bad' : 'a')));
    expect(refusal(renderer, talk(49))).toEqual([49, upTo]);
    expect(refusal(renderer, talk(50))).toEqual([59, upTo]);
  });

  it('about an undefined value names the special tokens that the template uses and nobody defines', () => {
    const source = '{{ messages[0].content + eos_token }}{{ bos_token }}{{ pad_token }}';
    const why = 'Cannot perform operation + on undefined values';
    const missing = (names: string) =>
      `; the template uses ${names}, which tokenizer_config.json does not have`;
    expect(refusal(new Renderer(source, AT, { pad_token: '<p>' }), whole('a'))).toEqual([
      0,
      does('it', why + missing('bos_token and eos_token')),
    ]);
    const all = { pad_token: '<p>', eos_token: '</s>', bos_token: '<s>' };
    expect(refusal(new Renderer(source, AT, all), whole('a'))).toEqual(['a</s><s><p>']);
    expect(refusal(new Renderer('{{ messages[0].content + other }}', AT, {}), whole('a'))).toEqual([
      0,
      does('it', why),
    ]);
    expect(refusal(new Renderer("{{ raise_exception('no eos_token') }}", AT, {}), whole('a'))).toEqual([
      0,
      does('it', 'no eos_token'),
    ]);
  });
});

describe('a template that takes too long', () => {
  const endless = '{% for i in range(100000) %}{% for j in range(100000) %}{% endfor %}{% endfor %}';
  const renderer = new Renderer(
    `{% if messages[messages | length - 1].content == 'slow' %}${endless}{% endif %}` +
      "{% if messages | length in [2, 3] %}{{ raise_exception('no pair') }}{% endif %}so",
    AT,
    {},
  );
  const late = (what: string, seconds: number) =>
    `the chat template does not render ${what}: it takes more than ${seconds} s`;
  /** The seconds of processor time that this process uses. */
  const used = (work: () => void): number => {
    const before = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1e6;
  };

  it('is ended, and named by the rendering that took the time', () => {
    setLimit(1);
    const seconds = used(() =>
      expect(refusal(renderer, whole('a'), whole('a', 'slow'))).toEqual([
        1,
        late('the conversation up to it', 1),
      ]),
    );
    expect(seconds).toBeGreaterThan(0.9);
    expect(renderer.texts([whole('a')])).toEqual(['so']);
  });

  it('has more time for many renderings', () => {
    setLimit(0.1);
    const renderings = Array.from({ length: 32 }, () => whole('slow'));
    const seconds = used(() => expect(refusal(renderer, ...renderings)).toEqual([0, late('it', 0.1)]));
    expect(seconds).toBeGreaterThan(0.4);
  });

  it('ends the search for the turn at which a conversation fails', () => {
    setLimit(1);
    expect(refusal(renderer, whole('slow', 'b', 'c'))).toEqual([
      2,
      'the chat template does not render the conversation up to it: no pair',
    ]);
  });
});
