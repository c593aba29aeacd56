/** Replaces the parts of a page that `npm run docs` computes. Each stands between two comments that name it. */
export function withParts(page: string, text: string, parts: Readonly<Record<string, string>>): string {
  return Object.entries(parts).reduce((all, [name, part]) => {
    const [open, close] = [`<!-- ${name}: npm run docs -->\n`, `\n<!-- /${name} -->`];
    const [from, to] = [all.indexOf(open), all.indexOf(close)];
    if (from < 0 || to < from) throw new Error(`${page} has no part '${name}'`);
    return all.slice(0, from + open.length) + part + all.slice(to);
  }, text);
}
