/** Gives authors' files this very copy of the package: another copy would have its own registry. */
import * as extend from './extend/index.ts';
import { provide } from './language/load-module.ts';
import * as oftc from './oftc.ts';

provide({ oftc, 'oftc/extend': extend });
