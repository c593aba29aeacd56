/** A package in package-lock.json. */
export interface Locked {
  /** The folder that npm installs it into, from the project's root. */
  readonly path: string;
  readonly name: string;
  readonly version: string;
  /** The licence as an SPDX expression. */
  readonly licence: string;
  readonly integrity: string | undefined;
  readonly hasInstallScript: boolean;
  /** Whether oftc installs without it, such as on another system. */
  readonly isOptional: boolean;
  /** Whether npm installs it with oftc. The others serve its development. */
  readonly isShipped: boolean;
  /** The paths of what it depends on. */
  readonly dependsOn: readonly string[];
}

export declare const root: string;
export declare function lockedPackages(): readonly Locked[];
export declare function direct(): readonly string[];
