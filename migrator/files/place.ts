/** A place in a file's text, as people and editors count it. */
export class Place {
  readonly #text: string;
  readonly #offset: number;

  /** `offset` in UTF-16 units, within the text. */
  constructor(text: string, offset: number) {
    this.#text = text;
    this.#offset = Math.max(0, Math.min(offset, text.length));
  }

  get #lineStart(): number {
    return this.#offset === 0 ? 0 : this.#text.lastIndexOf("\n", this.#offset - 1) + 1;
  }

  /** 1-based line and column (code points). */
  get position(): { line: number; column: number } {
    let line = 1;
    for (let at = this.#text.indexOf("\n"); at >= 0 && at < this.#offset; at = this.#text.indexOf("\n", at + 1))
      line += 1;
    return { line, column: Array.from(this.#text.slice(this.#lineStart, this.#offset)).length + 1 };
  }

  /** The whole line. */
  get sourceLine(): string {
    const end = this.#text.indexOf("\n", this.#offset);
    return this.#text.slice(this.#lineStart, end < 0 ? undefined : end);
  }

  /**
   * The line with its number and a caret below the place; long lines are cut to a window, tabs become single spaces so that
   * the caret stands right.
   */
  excerpt(): string {
    const { line, column } = this.position;
    const characters = Array.from(this.sourceLine.replaceAll("\t", " "));
    const from = Math.max(0, column - 60);
    const gutter = `${String(line)} | `;
    const shown = characters.slice(from, from + 100).join("");
    return `${gutter}${shown}\n${" ".repeat(gutter.length + column - 1 - from)}^`;
  }
}
