/** Finds the chat template of a model, and the special tokens that it may write. */
import { join } from 'node:path';
import * as v from 'valibot';
import { limits } from '../../../compiler/limits.ts';
import { checkLimit, FormatError, listed } from '../error.ts';
import { isObject, type Json, readJsonFile, readText, sizeOf } from '../json.ts';
import { checked } from '../schema.ts';
import { RESPONSE, RESPONSE_END } from './control.ts';

const FILE = 'chat_template.jinja';
const CONFIG = 'tokenizer_config.json';
const REMEDY = 'Save the tokenizer with a current version of transformers.';

export interface ChatTemplate {
  /** The file that holds it, with the field in it where there is one, for messages. */
  readonly at: string;
  readonly source: string;
  /** The source with marks where a response starts and ends, if it has {% generation %} blocks. */
  readonly marked: string | undefined;
}

/** The contents of tokenizer_config.json; {} where there is none. */
export async function readTokenizerConfig(folder: string): Promise<Json> {
  const path = join(folder, CONFIG);
  return (await sizeOf(path)) === undefined ? {} : readJsonFile(path, REMEDY);
}

const named = v.looseObject({ name: v.string(), template: v.string() });
const templates = v.looseObject({ chat_template: v.nullish(v.union([v.string(), v.array(named)])) });

/**
 * The template in `given`, else in chat_template.jinja, else in tokenizer_config.json, of which a list has one called
 * `default`, the last as in transformers; undefined without any. Throws MissingFile, InvalidTokenizer.
 */
export async function readTemplate(
  folder: string,
  config: Json,
  given: string | undefined,
): Promise<ChatTemplate | undefined> {
  const own = join(folder, FILE);
  const file = given ?? ((await sizeOf(own)) === undefined ? undefined : own);
  if (file !== undefined) return templateOf(await readText(file, 'Name a chat template of Jinja.'), file);
  const at = { file: join(folder, CONFIG), name: 'chat_template' };
  const field = `${at.file}: "${at.name}"`;
  const { chat_template: found } = checked(templates, config, { file: at.file }, 'InvalidTokenizer', REMEDY);
  if (typeof found === 'string') return templateOf(found, field);
  if (!found || found.length === 0) return undefined;
  const standard = found.findLast(({ name }) => name === 'default');
  if (standard) return templateOf(standard.template, field);
  throw new FormatError(
    'InvalidTokenizer',
    at,
    `it has the templates ${listed(found.map(({ name }) => name))}, and none is called "default"`,
    `Save the one to use as ${FILE} beside it.`,
  );
}

/** A block tag as a pattern: the name of its statement, with the signs that strip spaces beside it. */
const tag = (name: string): RegExp => new RegExp(`\\{%([-+]?)\\s*${name}\\s*([-+]?)%\\}`, 'g');

function templateOf(source: string, at: string): ChatTemplate {
  checkLimit(
    source.length,
    limits.templateCharacters,
    'InvalidTokenizer',
    { file: at },
    'Use a shorter chat template.',
  );
  // The mark stands between two tags, so that spaces are stripped beside them as they would be beside the one.
  const marking = (mark: string) => (_: string, before: string, after: string) =>
    `{%${before} if true -%}{{ '${mark}' }}{%- endif ${after}%}`;
  const marked = source
    .replace(tag('generation'), marking(RESPONSE))
    .replace(tag('endgeneration'), marking(RESPONSE_END));
  return { at, source, marked: marked === source ? undefined : marked };
}

/** The message of a folder whose tokenizer has no template. */
export const noTemplate = (folder: string): FormatError =>
  new FormatError(
    'InvalidTokenizer',
    { file: folder },
    'its tokenizer has no chat template',
    `Save one as ${FILE} in the folder, name one with --chat-template, or take the instruction-tuned model.`,
  );

const TOKENS = ['bos', 'eos', 'unk', 'sep', 'pad', 'cls', 'mask'].map((name) => `${name}_token`);

/** The texts of the special tokens by the names that templates have for them. */
export function specialTokens(config: Json): Readonly<Record<string, string>> {
  if (!isObject(config)) return {};
  const text = (token: Json | undefined): string | undefined =>
    typeof token === 'string'
      ? token
      : isObject(token) && typeof token.content === 'string'
        ? token.content
        : undefined;
  return Object.fromEntries(
    TOKENS.flatMap((name) => {
      const content = text(config[name]);
      return content === undefined ? [] : [[name, content]];
    }),
  );
}

/** The special tokens that a template uses by name, and `tokens` does not have. */
export const missingTokens = (source: string, tokens: Readonly<Record<string, unknown>>): string[] =>
  TOKENS.filter((name) => tokens[name] === undefined && new RegExp(`\\b${name}\\b`).test(source));
