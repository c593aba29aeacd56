/** The playground: source on one side, what the compiler says of it on the other, and the state in the address. */
import { OftcCompiler } from '../../../src/web/client.ts';
import './style/base.css';
import './style/source.css';
import './style/panes.css';
import './style/code.css';
import { App } from './app.ts';

const newWorker = (): Worker =>
  new Worker(new URL('../../../src/web/worker.ts', import.meta.url), { type: 'module', name: 'oftc' });

const app = new App(document.querySelector('#app')!, () => new OftcCompiler(newWorker));
void app.openAddress();
