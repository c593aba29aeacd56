/** The page that finetunes: what the visitor chooses goes to the worker, and what the worker reports is shown. */

import { themeSwitch } from '../theme.ts';
import { App } from './app.ts';
import { buttonOf } from './page.ts';

themeSwitch(buttonOf('theme'));
new App().open();
