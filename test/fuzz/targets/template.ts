/** Chat templates: a program in Jinja that comes with a model, which renders, or fails with a reason, within its limits. */
import { limits } from '../../../compiler/limits.ts';
import { answer, type RenderReply } from '../../../src/formats/chat/answer.ts';
import { ConfinedWorker, DeadlinePassed, WorkerEnded } from '../../../src/formats/patterns/deadline.ts';
import { template } from '../../src/formats/chat/tokenizer.ts';
import { type Case, holds, type Target } from '../target.ts';

const worker = new ConfinedWorker('../chat/worker', 512);

const messagesOf = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return [];
  }
};

function run({ template: source, messages }: Case): string {
  const variables = { bos_token: '<s>', eos_token: '</s>', messages: messagesOf(messages!), tools: null };
  const renderings = [false, true].map((add_generation_prompt) => ({ ...variables, add_generation_prompt }));
  // A template with few loops ends by itself, and needs no thread, which takes long beside it.
  const isShort = source!.split(/\bfor\b/).length <= 3;
  const ask = (): RenderReply =>
    isShort
      ? answer({ source: source!, renderings }, () => {})
      : (worker.ask({ source: source!, renderings }, { left: limits.templateSeconds.most }) as RenderReply);
  const reply = ask();
  if ('failed' in reply) {
    holds(reply.why !== '' && reply.failed < renderings.length, 'it fails without a reason');
    // The reason tells cases apart, without what it quotes.
    const why = reply.why.replaceAll(/[^A-Za-z ]+.*/gs, '').slice(0, 30);
    return `${reply.failed < 0 ? 'does not parse' : 'does not render'}: ${why}`;
  }
  holds(
    reply.texts.length === renderings.length && reply.texts.every((t) => typeof t === 'string'),
    'a text is missing',
  );
  if (source!.length % 8 !== 0) return 'renders';
  const again = ask();
  holds(
    'texts' in again && again.texts.join('\0') === reply.texts.join('\0'),
    'it renders another text the second time',
  );
  return 'renders';
}

const MESSAGES = JSON.stringify([
  { role: 'system', content: 'be brief' },
  { role: 'user', content: ' hello ' },
  { role: 'assistant', content: 'the end' },
]);

const SMALL = [
  "{% for m in messages %}{{ '<|im_start|>' + m['role'] + '\\n' + m.content | trim + '<|im_end|>' }}{% endfor %}",
  "{%- set ns = namespace(n=0) -%}{% for m in messages if m.role != 'x' %}{% set ns.n = ns.n + loop.index0 %}{{ ns.n }}{% else %}none{% endfor %}",
  "{% macro f(x, y=1) %}{{ x ~ y }}{% endmacro %}{{ f(messages|length) }}{% if add_generation_prompt and not tools %}{{ raise_exception('no') }}{% endif %}",
  "{{ messages | map(attribute='role') | join(', ') | upper }}{{ range(3) | list | tojson }}{{ messages[0:2][::-1][0].content[1:] }}",
  "{% generation %}{{ bos_token ?? 'x' }}{% endgeneration %}{{ {'a': [1, 2.5, none, true]} | tojson(indent=2) }}{{ 7 // 2 % 3 ** 1 }}",
];

export const target: Target = {
  name: 'template',
  parts: { template: 'text', messages: 'json' },
  seeds: () =>
    [...SMALL, ...SMALL, ...SMALL, template('chatml'), template('gemma'), template('llama-3')].map(
      (source) => ({
        template: source,
        messages: MESSAGES,
      }),
    ),
  words: [
    '{%',
    '%}',
    '{{',
    '}}',
    '{#',
    '#}',
    '{%- ',
    ' -%}',
    'for',
    'endfor',
    'if',
    'else',
    'elif',
    'endif',
    'set',
    'in',
    'is defined',
    'not',
    'loop.last',
    'range(9)',
    'namespace()',
    '| trim',
    '| tojson',
    '.split(" ")',
    '[::-1]',
    '[-1]',
    'messages',
    'raise_exception("x")',
    'break',
    'continue',
    'self',
    '__proto__',
    'constructor',
    '.replace("a","b")',
    '* 9',
    '~',
    'strftime_now("%d")',
    '| selectattr("role", "equalto", "user")',
  ],
  run,
  isRefusal: (error) => error instanceof DeadlinePassed || error instanceof WorkerEnded,
  everyTest: 60,
  faults: [
    {
      what: 'a template that ends too early throws',
      file: 'src/formats/chat/answer.ts',
      from: "return { failed: at, why: why === '' ? 'it raises an exception without a message' : why };",
      to: "return { failed: at, why: '' };",
      within: 2000,
    },
  ],
};
