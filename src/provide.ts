/** What authors' files import is this very copy of the package: another would have a registry of its own. */
import * as extend from './extend/index.ts';
import { provide } from './language/load-module.ts';
import * as oftc from './oftc.ts';

provide({ oftc, 'oftc/extend': extend });
