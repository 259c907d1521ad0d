/** The last few hundred durations, in milliseconds: what the status panel shows without a monitoring system. */
export class RecentLatencies {
  readonly #values: number[] = [];
  #next = 0;

  add(milliseconds: number): void {
    this.#values[this.#next] = milliseconds;
    this.#next = (this.#next + 1) % 512;
  }

  /** 0 where there are none yet. */
  quantile(share: number): number {
    const sorted = this.#values.toSorted((a, b) => a - b);
    return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  }
}
