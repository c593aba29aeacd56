/** The line between source and results. It is dragged, or moved by the arrow keys. */
import { el } from './dom.ts';

const [LEAST, MOST, STEP] = [25, 75, 5];

export function splitter(): HTMLElement {
  let at = 45;
  const dom = el('div', {
    class: 'splitter',
    role: 'separator',
    tabindex: 0,
    'aria-orientation': 'vertical',
    'aria-label': 'Width of the source',
    'aria-valuemin': LEAST,
    'aria-valuemax': MOST,
  });
  const move = (to: number) => {
    at = Math.max(LEAST, Math.min(MOST, to));
    dom.setAttribute('aria-valuenow', `${Math.round(at)}`);
    dom.parentElement?.style.setProperty('--source-share', `${at}%`);
  };
  dom.addEventListener('keydown', (event) => {
    const to = { ArrowLeft: at - STEP, ArrowRight: at + STEP, Home: LEAST, End: MOST }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    move(to);
  });
  dom.addEventListener('pointerdown', (event) => {
    event.preventDefault();
    dom.setPointerCapture(event.pointerId);
  });
  dom.addEventListener('pointermove', (event) => {
    const parent = dom.parentElement;
    if (!parent || !dom.hasPointerCapture(event.pointerId)) return;
    const { left, width } = parent.getBoundingClientRect();
    move(((event.clientX - left) / width) * 100);
  });
  move(at);
  return dom;
}
