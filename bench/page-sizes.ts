/** Measures what a first visit to each kind of page of the site transfers, text compressed as hosts send it. */
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { builtPages, serve } from '../test/docs/site/built.ts';
import { KINDS } from '../test/docs/site/kinds.ts';
import { startChromium } from '../test/support/chromium.ts';

export interface PageSize {
  readonly kind: string;
  readonly requests: number;
  readonly bytes: number;
  readonly transferred: number;
}

const COMPRESSED = /\.(?:html|js|css|svg|json)$/;

/** The sizes of all kinds of pages, each in a context whose cache is empty. `search` is what the search box loads on top. */
export async function pageSizes(): Promise<readonly PageSize[]> {
  const folder = builtPages(['oft']);
  const site = await serve({ '': folder });
  const browser = await startChromium((why) => {
    throw new Error(why);
  }, 'sizes of pages');
  const sizes: PageSize[] = [];
  try {
    for (const [kind, path] of Object.entries(KINDS)) {
      const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
      const asked = new Set<string>();
      page.on('request', (r) => asked.add(r.url()));
      const sum = (): Omit<PageSize, 'kind'> => {
        const files = [...asked].map((url) => {
          const file = readFileSync(`${folder}/${new URL(url).pathname.slice('/oftc/'.length)}`);
          return [file.length, COMPRESSED.test(url) ? gzipSync(file).length : file.length] as const;
        });
        const total = (n: 0 | 1) => files.reduce((all, f) => all + f[n], 0);
        return { requests: files.length, bytes: total(0), transferred: total(1) };
      };
      await page.goto(site.url + path, { waitUntil: 'networkidle' });
      sizes.push({ kind, ...sum() });
      if (kind === 'landing') {
        asked.clear();
        await page.keyboard.press('Control+k');
        await page.locator('#localsearch-input').waitFor();
        await page.waitForLoadState('networkidle');
        sizes.push({ kind: 'search', ...sum() });
      }
      await page.close();
    }
  } finally {
    await browser.close();
    site.close();
  }
  return sizes;
}
