/** The error for a conversation that a chat template or a tokenizer does not take. The caller names file and line. */
export class ChatError extends Error {
  override readonly name = 'ChatError';
  /** The index of the turn; undefined for the whole conversation. */
  readonly turn: number | undefined;

  constructor(turn: number | undefined, problem: string) {
    super(problem);
    this.turn = turn;
  }
}
