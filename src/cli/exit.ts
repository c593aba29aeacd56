/** Exit codes, which the help text documents. 70 is EX_SOFTWARE of sysexits.h. */
export const EXIT = { ok: 0, refused: 1, usage: 2, device: 3, internal: 70 } as const;
