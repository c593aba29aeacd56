import oftc from 'oftc/vite';
import { defineConfig } from 'vite';

export default defineConfig({
  base: './',
  plugins: [oftc({ gradients: false })],
  build: { target: 'es2022' },
});
