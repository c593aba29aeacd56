/** The files that a model is used with besides its weights and config.json: for tokens, images, generation, and the licence. */
import { join } from 'node:path';
import { sizeOf } from '../formats/json.ts';
import { readRegular } from '../formats/regular.ts';
import { io } from '../formats/safetensors/io.ts';
import { namesIn } from '../formats/temporary.ts';

/** The files that transformers' tokenizers and generation read, and the texts of a licence. */
const BESIDE: readonly RegExp[] = [
  /^(?:tokenizer|tokenizer_config|special_tokens_map|added_tokens|vocab|generation_config|preprocessor_config)\.json$/,
  /^(?:merges\.txt|tokenizer\.model|chat_template\.(?:jinja|json))$/,
  /^(?:LICEN[CS]E|NOTICE|USE_POLICY)(?:[.-].*)?$/,
];

/** The folder of the chat templates beside the default one. */
const TEMPLATES = 'additional_chat_templates';

/** The bytes of the files by their paths in the model's folder. */
export async function filesBeside(folder: string): Promise<Record<string, Uint8Array>> {
  const inside = (below: string) => io(join(folder, below), 'cannot list it', namesIn(join(folder, below)));
  const own = (await inside('')).filter((name) => BESIDE.some((pattern) => pattern.test(name)));
  const templates = (await inside(TEMPLATES)).filter((name) => name.endsWith('.jinja'));
  const files: Record<string, Uint8Array> = {};
  for (const name of [...own, ...templates.map((t) => join(TEMPLATES, t))].sort()) {
    const path = join(folder, name);
    if ((await sizeOf(path)) !== undefined) files[name] = await readRegular(path);
  }
  return files;
}
