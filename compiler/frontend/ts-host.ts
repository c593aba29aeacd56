/** The only import of TypeScript: its API is not stable, so the version is pinned and everything goes through here. */
import ts from 'typescript';

export { ts };
