/**
 * Replaces the parts of a page that `npm run docs` computes. Each stands between two comments that name it. Throws for a
 * part with the word `undefined` or `NaN`: a report in bench/results then lacks a figure, or has it under another name.
 */
export function withParts(page: string, text: string, parts: Readonly<Record<string, string>>): string {
  return Object.entries(parts).reduce((all, [name, part]) => {
    const missing = part.split('\n').find((line) => /\b(undefined|NaN)\b/.test(line));
    if (missing !== undefined) throw new Error(`${page}: a figure of '${name}' is missing: ${missing}`);
    const [open, close] = [`<!-- ${name}: npm run docs -->\n`, `\n<!-- /${name} -->`];
    const [from, to] = [all.indexOf(open), all.indexOf(close)];
    if (from < 0 || to < from) throw new Error(`${page} has no part '${name}'`);
    return all.slice(0, from + open.length) + part + all.slice(to);
  }, text);
}
