/** The entry `oftc`: exports the public names, and gives authors' files this very copy of the package. */
import './provide.ts';

export * from './oftc.ts';
