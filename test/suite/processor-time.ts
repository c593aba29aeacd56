/** Processor time, which a busy machine stretches little, of a process and of all that came from it. */
import { readdirSync, readFileSync } from 'node:fs';

/** Ticks of a second in /proc: 10 ms each wherever Node runs on Linux. */
const TICKS = 100;

/** Seconds that this process has used, with its children that have ended; outside Linux without them. */
export function usedHere(): number {
  const own = statOf('self');
  if (own !== undefined) return own.ticks / TICKS;
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/** Seconds of this process and all that came from it, those that ended included; undefined outside Linux. */
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

/** Undefined of a process that has ended meanwhile, and outside Linux. */
function statOf(pid: string): { parent: number; ticks: number } | undefined {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return undefined;
  }
  // After the name, which may hold spaces: state, parent, … and from the twelfth on user and system time, own and of children.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const ticks = fields.slice(11, 15).reduce((sum, f) => sum + Number(f), 0);
  return { parent: Number(fields[1]), ticks };
}
