/** Measures the processor time of this process and its descendants, which a busy machine hardly changes. */
import { readdirSync, readFileSync } from 'node:fs';

/** The ticks of a second in /proc: 10 ms each wherever Node runs on Linux. */
const TICKS = 100;

/** The seconds that this process has used, with its ended children on Linux and without them elsewhere. */
export function usedHere(): number {
  const own = statOf('self');
  if (own !== undefined) return own.ticks / TICKS;
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/** The seconds of this process and all its descendants, ended ones included; undefined outside Linux. */
export function usedByAll(): number | undefined {
  if (process.platform !== 'linux') return undefined;
  const used = new Map<number, { parent: number; ticks: number }>();
  for (const name of readdirSync('/proc').filter((n) => /^\d+$/.test(n))) {
    const stat = statOf(name);
    if (stat !== undefined) used.set(Number(name), stat);
  }
  const mine = (pid: number): boolean => {
    if (pid === process.pid) return true;
    const parent = used.get(pid)?.parent ?? 0;
    return parent > 0 && mine(parent);
  };
  return [...used].reduce((sum, [pid, { ticks }]) => sum + (mine(pid) ? ticks : 0), 0) / TICKS;
}

/** A process's parent and ticks; undefined where the process has ended, and outside Linux. */
function statOf(pid: string): { parent: number; ticks: number } | undefined {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return undefined;
  }
  // The fields after the name, which may hold spaces: state, parent, …. The 12th to 15th are user and system time,
  // first the process's own and then that of its ended children.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const ticks = fields.slice(11, 15).reduce((sum, f) => sum + Number(f), 0);
  return { parent: Number(fields[1]), ticks };
}
