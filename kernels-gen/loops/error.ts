/**
 * The error for a loop form that is wrong. `outside`: an index outside its memory, or a name outside its extent. `race`:
 * two invocations touch an element, one of them writes it, and no barrier lies between. `unwritten`: a read of what
 * was never written. `overwritten`: a read of an input whose element was replaced. `divergent`: a barrier that not all
 * invocations meet, or a shuffle or matrix that not all lanes of a subgroup meet. `lane`: a store to another lane's register.
 * `inactive`: a read of a register whose lane does not run the statement. `form`: statements that no kernel has.
 */
export class LoopError extends Error {
  override readonly name = 'LoopError';
  readonly what:
    | 'outside'
    | 'race'
    | 'unwritten'
    | 'overwritten'
    | 'divergent'
    | 'lane'
    | 'inactive'
    | 'form';

  constructor(what: LoopError['what'], message: string) {
    super(message);
    this.what = what;
  }
}
