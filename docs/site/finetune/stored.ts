/** Lists the runs that the browser's storage holds. */
import type { StoredRun } from '../../../src/web/finetune/protocol.ts';
import { byId, made, megabytes, say } from './page.ts';

export interface Actions {
  resume(run: StoredRun): void;
  download(run: StoredRun): void;
  remove(run: StoredRun): void;
}

export async function list(
  runs: readonly StoredRun[],
  now: string | undefined,
  actions: Actions,
): Promise<void> {
  byId('stored').replaceChildren(...runs.filter(({ id }) => id !== now).map((run) => item(run, actions)));
  const { usage, quota } = await navigator.storage.estimate();
  const none = runs.length === 0 ? 'None yet. A run stays here until it is deleted. ' : '';
  const room =
    usage === undefined || quota === undefined
      ? ''
      : `This site holds ${megabytes(usage)} of the ${megabytes(quota)} that the browser gives it.`;
  say('storage', `${none}${room}`);
}

function item(run: StoredRun, { resume, download, remove }: Actions): HTMLLIElement {
  const { title, step, settings, isDone, problem, created } = run;
  const li = made('li');
  const at = isDone ? `${settings.steps} steps, done` : `step ${step ?? 0} of ${settings.steps}`;
  const about = problem ?? `${at}, begun ${new Date(created).toLocaleString()}`;
  const buttons = made('div');
  buttons.className = 'buttons';
  const add = (text: string, act: (run: StoredRun) => void) => {
    const button = made('button', text);
    button.type = 'button';
    button.setAttribute('aria-label', `${text}: ${title}`);
    button.addEventListener('click', () => act(run));
    buttons.append(button);
  };
  if (problem === undefined && !isDone) add('Resume', resume);
  if (problem === undefined && isDone) add('Download the adapter', download);
  add('Delete', remove);
  li.append(made('strong', title), made('span', about), buttons);
  return li;
}
