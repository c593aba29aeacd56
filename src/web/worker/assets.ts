/** The texts that the compiler in a browser reads in place of a disk. scripts/web/assets.ts makes it of the built package. */
import type { LibraryExample } from '../protocol.ts';

export interface Assets {
  /** The version of oftc. */
  readonly version: string;
  /** The declarations of TypeScript's library and of oftc, by their paths under /node_modules. */
  readonly declarations: Readonly<Record<string, string>>;
  /** The texts of the Python package oftc_torch, by their paths in it. */
  readonly python: Readonly<Record<string, string>>;
  readonly library: readonly LibraryExample[];
}
