const stops = 'a[href], button:not([disabled]), input, select, textarea, [tabindex="0"]';

/**
 * A panel beside what it is about, for both pages. The keyboard stays in it until it is closed (Escape, or its button), and then goes back to where it was; the mouse may go on with the
 * page.
 */
export class Drawer {
  #node;
  #onClose;
  #before = null;

  /** onClose: the panel is to be closed; whoever hears it calls close. */
  constructor(node, onClose) {
    this.#node = node;
    this.#onClose = onClose;
    node.addEventListener('keydown', event => this.#pressed(event));
    document.addEventListener('keydown', event => {
      if (event.key === 'Escape' && this.isOpen && !node.contains(event.target) && !event.target.closest('input, textarea, select')) {
        this.#onClose();
      }
    });
  }

  get isOpen() {
    return !this.#node.hidden;
  }

  show(...content) {
    if (!this.isOpen) {
      this.#before = document.activeElement;
    }

    this.#node.hidden = false;
    this.#node.replaceChildren(...content);
    this.#node.scrollTop = 0;
    this.#node.focus();
  }

  close() {
    if (!this.isOpen) {
      return;
    }

    const hadFocus = this.#node.contains(document.activeElement) || document.activeElement === document.body;
    this.#node.hidden = true;
    this.#node.replaceChildren();
    if (hadFocus && this.#before?.isConnected) {
      this.#before.focus();
    }

    this.#before = null;
  }

  #pressed(event) {
    if (event.key === 'Escape') {
      event.stopPropagation();
      this.#onClose();
    } else if (event.key === 'Tab') {
      const all = [...this.#node.querySelectorAll(stops)];
      const [first, last] = [all[0] ?? this.#node, all.at(-1) ?? this.#node];
      const from = document.activeElement;
      if (event.shiftKey ? from === first || from === this.#node : from === last) {
        event.preventDefault();
        (event.shiftKey ? last : first).focus();
      }
    }
  }
}
