// Builds the app with esbuild: node build.mjs; add --serve to build again at each request.
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { context } from 'esbuild';
import oftc from 'oftc/esbuild';

const app = await context({
  entryPoints: ['main.ts'],
  outdir: 'out',
  bundle: true,
  minify: true,
  format: 'esm',
  target: 'es2022',
  plugins: [oftc({ gradients: false })],
});
await app.rebuild();
cpSync('public', 'out', { recursive: true });
writeFileSync('out/index.html', readFileSync('index.html', 'utf8').replace('main.ts', 'main.js'));
if (process.argv.includes('--serve')) {
  const { hosts, port } = await app.serve({ servedir: 'out' });
  console.log(`http://${hosts[0]}:${port}/`);
} else await app.dispose();
