/** Tells V8's errors for arrays that it cannot allocate from others. */

const ALLOCATION = /Array buffer allocation failed|Invalid (typed )?array length/;

/** Whether the host has no memory left. Such an error is no fault of a file or a program that was being read. */
export const isOutOfMemory = (error: unknown): error is Error =>
  error instanceof Error && ALLOCATION.test(error.message);

/** The message for one who can ask for less. */
export const outOfMemory = (error: Error): string =>
  `this needs more memory than Node has (${error.message}): run fewer tokens, or smaller sizes`;
