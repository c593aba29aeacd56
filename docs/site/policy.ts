/**
 * Gives pages a content security policy: scripts of this site alone, and of those in the page only the ones it was
 * built with.
 */
import { createHash } from 'node:crypto';

const sha = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/** The texts of the scripts that stand in a page. */
const scriptsIn = (html: string): string[] =>
  [...html.matchAll(/<script(?![^>]* src=)[^>]*>(.*?)<\/script>/gs)].map(([, text]) => text!);

/**
 * The page with its policy, which stands before anything that it rules. Styles may stand in attributes: Shiki colours code
 * by them, and KaTeX places signs.
 */
export function withPolicy(html: string): string {
  const scripts = [...new Set(scriptsIn(html).map(sha))];
  const policy = [
    "default-src 'none'",
    `script-src 'self' ${scripts.join(' ')}`,
    "style-src 'self'",
    "style-src-attr 'unsafe-inline'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  return html.replace(
    '<meta charset="utf-8">',
    `<meta charset="utf-8">\n    <meta http-equiv="Content-Security-Policy" content="${policy}">`,
  );
}
