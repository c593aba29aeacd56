/** Exit codes; the help text documents them. 70 is sysexits.h's EX_SOFTWARE. */
export const EXIT = { ok: 0, refused: 1, usage: 2, device: 3, internal: 70 } as const;
