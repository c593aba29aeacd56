/** The page that finetunes: what the visitor chooses goes to the worker, and what the worker reports is shown. */
import { App } from './app.ts';
import { buttonOf } from './page.ts';
import { themeSwitch } from './theme.ts';

themeSwitch(buttonOf('theme'));
new App().open();
