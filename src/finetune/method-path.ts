/** Whether a method's name is the path of a file, and not that of a method of the library. */
export const isFile = (name: string): boolean => /\.[cm]?tsx?$/.test(name) || /[\\/]/.test(name);
