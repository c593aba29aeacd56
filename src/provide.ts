/** Gives authors' files this very copy of the package: another copy would have its own registry. */
import './node.ts';
import * as extend from './extend/index.ts';
import { provideLoader } from './language/load-module.ts';
import { moduleLoader } from './language/module-loader.ts';
import * as oftc from './oftc.ts';

provideLoader(moduleLoader({ oftc, 'oftc/extend': extend }));
