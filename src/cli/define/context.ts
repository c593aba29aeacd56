/** The context of a command: where it prints, what it reads, and how it ends. */
import type { Io } from '../io.ts';
import type { Read } from '../places.ts';

export interface Context {
  readonly io: Io;
  /** The files that the command reads, which are known when its action runs. */
  reads(): readonly Read[];
  /** Sets the exit code of a command that ends without an error. */
  end(exit: number): void;
  /** Prints a failure and returns its exit code. */
  report(error: unknown): Promise<number>;
}
