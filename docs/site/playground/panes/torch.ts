/** The layer in Python, for PyTorch: to read, to copy and to download. */
import type { Torch } from '../../../../src/web/protocol.ts';
import { CodeView } from '../code/views.ts';
import { button, el, fill, newId } from '../dom.ts';
import type { Side } from '../session.ts';
import type { Pane } from './pane.ts';

export class TorchPane implements Pane {
  readonly dom = el('div', { class: 'pane torch' });
  readonly #code = new CodeView('The layer in Python');
  readonly #which = el('select', { id: newId('python'), onchange: () => this.#show() });
  readonly #said = el('span', { class: 'small', role: 'status' });
  #shown: Torch | undefined;

  constructor() {
    fill(
      this.dom,
      el(
        'div',
        { class: 'controls' },
        el('label', { for: this.#which.id }, 'File'),
        this.#which,
        button('Copy', () => void this.#copy()),
        button('Download', () => this.#download()),
        this.#said,
      ),
      this.#code.dom,
    );
  }

  render(side: Side): void {
    const { value } = side.slots.torch;
    this.dom.classList.toggle('empty', !value);
    if (!value || value === this.#shown) return;
    const before = this.#which.value;
    this.#shown = value;
    fill(this.#which, ...Object.keys(value.files).map((f) => el('option', { value: f }, f)));
    if (Object.hasOwn(value.files, before)) this.#which.value = before;
    this.#show();
  }

  text(side: Side) {
    const files = side.slots.torch.value?.files;
    if (!files) return undefined;
    return { text: Object.values(files).join('\n\n'), language: 'python' as const };
  }

  get #text(): string {
    return this.#shown?.files[this.#which.value] ?? '';
  }

  #show(): void {
    this.#said.textContent = '';
    this.#code.show(this.#text, this.#which.value.endsWith('.py') ? 'python' : 'text');
  }

  async #copy(): Promise<void> {
    try {
      await navigator.clipboard.writeText(this.#text);
      this.#said.textContent = 'Copied.';
    } catch {
      this.#said.textContent = 'The browser does not allow copying: select the text and copy it.';
    }
  }

  #download(): void {
    const url = URL.createObjectURL(new Blob([this.#text], { type: 'text/x-python' }));
    el('a', { href: url, download: this.#which.value.split('/').at(-1)! }).click();
    setTimeout(() => URL.revokeObjectURL(url), 1000);
  }
}
