/** The first words of built files, by which a build knows the files that it may replace. */

/** The first words of a built file of JavaScript or TypeScript. */
export const BUILT = '// Built by oftc ';
/** The first words of a built file of Python. */
export const BUILT_PYTHON = '# Built by oftc ';

export const isBuilt = (text: string): boolean => text.startsWith(BUILT) || text.startsWith(BUILT_PYTHON);
