/** `oftc`: its names; and authors' files that it loads get this very copy of it. */
import './provide.ts';

export * from './oftc.ts';
