/** Chromium with WebGPU on SwiftShader, its own software adapter: no GPU and no driver is needed. */
import { existsSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Browser, chromium } from 'playwright-core';

const FLAGS = [
  '--no-sandbox',
  '--enable-unsafe-webgpu',
  '--use-webgpu-adapter=swiftshader',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // The watchdog would end the GPU process when a busy machine keeps it waiting.
  '--disable-gpu-watchdog',
];

const BROWSERS = [process.env.OFTC_CHROMIUM ?? '', '/usr/bin/chromium', '/usr/bin/google-chrome'];

/** Starts Chromium. Where there is none, says that a test did not run, and skips it. */
export async function startChromium(skip: (why: string) => never, test: string): Promise<Browser> {
  const executablePath = BROWSERS.find((path) => existsSync(path));
  if (executablePath === undefined) {
    const why = 'no Chromium: apt-get install chromium (Debian), or name one in OFTC_CHROMIUM';
    console.warn(`NOT RUN: ${test}. ${why}`);
    return skip(why);
  }
  return chromium.launch({ executablePath, args: FLAGS, timeout: 0 });
}

export interface Served {
  readonly url: string;
  close(): void;
}

/** Answers requests at localhost, because WebGPU needs a secure context. */
export async function serve(listener: RequestListener): Promise<Served> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
