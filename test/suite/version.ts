/** Names the state of the checkout: the commit, and a hash of uncommitted changes. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';

/**
 * The version of the checkout in folder `root`. Two states with other files have other versions, results of runs aside:
 * a run that writes its report goes on from what it did.
 */
export function version(root: string): string {
  const git = (...argv: string[]): string =>
    execFileSync('git', argv, { cwd: root, encoding: 'utf8', maxBuffer: 2 ** 28 });
  const files = ['--', ':!bench/results'];
  const changes = git('status', '--porcelain', ...files) + git('diff', 'HEAD', ...files);
  const hash = createHash('sha256').update(changes).digest('hex').slice(0, 12);
  return `${git('rev-parse', 'HEAD').trim()}${changes === '' ? '' : ` with changes ${hash}`}`;
}

/** The number of things that ran at each version, as text; undefined where all ran at one. */
export function ranAt(versions: Iterable<string>): string | undefined {
  const counts = new Map<string, number>();
  for (const version of versions) {
    // A version with changes has a digest of them after the 40 digits of the commit.
    const short = version.slice(0, 8) + version.slice(40);
    counts.set(short, (counts.get(short) ?? 0) + 1);
  }
  if (counts.size < 2) return undefined;
  return [...counts].map(([version, n]) => `${n} ran at ${version}`).join(', ');
}
