/** Keeps the newest answers: a page that compares two versions, or goes back to one, asks for the same again. */
export class Recent {
  readonly #most: number;
  /** The answers by their questions; the first is the one asked for longest ago. */
  readonly #answers = new Map<string, unknown>();

  constructor(most: number) {
    this.#most = most;
  }

  /** The answer to a question of a kind, made unless it is kept. What `make` throws is not kept. */
  of<Input extends object, Output>(kind: string, input: Input, make: (input: Input) => Output): Output {
    const key = `${kind} ${JSON.stringify(input)}`;
    const answer = this.#answers.has(key) ? (this.#answers.get(key) as Output) : make(input);
    this.#answers.delete(key);
    this.#answers.set(key, answer);
    const [oldest] = this.#answers.keys();
    if (this.#answers.size > this.#most) this.#answers.delete(oldest!);
    return answer;
  }
}
