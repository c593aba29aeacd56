/** Waits for work that must end, without a limit of time, which a busy machine could break. */
import { setTimeout as sleep } from 'node:timers/promises';

/** The turns of the event loop between two looks at the processor time, and the milliseconds of a turn at least. */
const [TURNS, TURN] = [1000, 10];
/** The processor seconds of so many turns below which the process does nothing but take them. */
const IDLE = 0.5;
/** The idle looks in a row after which nothing is still to come. */
const LOOKS = 3;
/** The processor seconds after which work that goes on does not end. */
const MOST = 120;

const used = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

/**
 * Resolves as the work does, or to 'hangs': where this process, whose threads do the work, does nothing for thousands of
 * turns, or works for two minutes of processor time. A busy machine makes turns longer, and changes neither.
 *
 * @param counts whether the turns count yet; by default from the start
 */
export async function ending<T>(work: Promise<T>, counts: () => boolean = () => true): Promise<T | 'hangs'> {
  let over = false;
  const end = work.finally(() => {
    over = true;
  });
  const watch = async (): Promise<'hangs'> => {
    let [idle, busy] = [0, 0];
    while (!over && idle < LOOKS && busy < MOST) {
      const before = used();
      let turns = 0;
      while (!over && turns < TURNS) {
        await sleep(TURN);
        if (counts()) turns++;
      }
      const seconds = used() - before;
      idle = seconds < IDLE ? idle + 1 : 0;
      busy += seconds;
    }
    return 'hangs';
  };
  return Promise.race([end, watch()]);
}
