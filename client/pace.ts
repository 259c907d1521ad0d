/** Pieces of work in one turn of the event loop: about a millisecond of text and hashing. */
const PER_TURN = 32;

/**
 * Lets a burst of calls begin a few at a time, so that a thousand URLs asked for at once do not hold up everything else that
 * the process does. Nobody waits where there is no burst.
 */
export class Pace {
  readonly #waiting: (() => void)[] = [];
  #begun = 0;
  #scheduled = false;

  /** Resolves when the caller's turn has come; undefined where that is now. */
  turn(): Promise<void> | undefined {
    this.#schedule();
    if (this.#begun < PER_TURN) {
      this.#begun += 1;
      return undefined;
    }
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#begun = 0;
      const next = this.#waiting.splice(0, PER_TURN);
      if (next.length === 0) return;
      this.#schedule();
      this.#begun = next.length;
      for (const resolve of next) resolve();
    });
  }
}
