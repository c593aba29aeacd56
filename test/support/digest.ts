/** Stands for a long text in a golden file. */
import { createHash } from 'node:crypto';

/** The first eight hexadecimal digits of a text's SHA-256. */
export const digest = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 8);
