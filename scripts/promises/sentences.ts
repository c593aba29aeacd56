/** Cuts a page of Markdown into its sentences: those of paragraphs and lists, without headings, tables and code. */
export function sentencesOf(page: string): string[] {
  const paragraphs: string[] = [];
  let open = false;
  for (const line of page
    .replaceAll(/```.*?```/gs, '')
    .replaceAll(/<!--.*?-->/gs, '')
    .split('\n')) {
    const isText = line.trim() !== '' && !/^(?:#|\|)/.test(line);
    const starts = /^\s*- /.test(line) || !open;
    if (isText && starts) paragraphs.push(line.replace(/^\s*- /, '').trim());
    else if (isText) paragraphs.push(`${paragraphs.pop()} ${line.trim()}`);
    open = isText;
  }
  return paragraphs.flatMap((p) => p.split(/(?<=[.:?]\**)\s+(?=[A-Z`*“[])/)).map((s) => s.trim());
}
