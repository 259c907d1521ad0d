// Draws an index with a given weight in constant time: Vose's alias method. Ten million tracks draw a hundred million words.

/** A number from 0 (included) to 1 (excluded). */
export type Draw = () => number;

export class WeightedChoice {
  readonly #threshold: Float64Array;
  readonly #alias: Uint32Array;

  constructor(weights: Float64Array) {
    const count = weights.length;
    const mean = weights.reduce((sum, weight) => sum + weight, 0) / count;
    this.#threshold = weights.map((weight) => weight / mean);
    this.#alias = new Uint32Array(count);
    const under: number[] = [];
    const over: number[] = [];
    this.#threshold.forEach((weight, index) => (weight < 1 ? under : over).push(index));
    for (;;) {
      const small = under.pop();
      const large = over.at(-1);
      if (small === undefined || large === undefined) break;
      this.#alias[small] = large;
      const rest = (this.#threshold[large] ?? 0) + (this.#threshold[small] ?? 0) - 1;
      this.#threshold[large] = rest;
      if (rest < 1) under.push(over.pop() ?? large);
    }
  }

  /** Index of the weight that was drawn. */
  pick(draw: Draw): number {
    const place = draw() * this.#threshold.length;
    const index = Math.floor(place);
    return place - index < (this.#threshold[index] ?? 1) ? index : (this.#alias[index] ?? index);
  }
}

/** Zipf's weights: the one of rank n is 1 / n^exponent. */
export function zipf(count: number, exponent: number): WeightedChoice {
  return new WeightedChoice(Float64Array.from({ length: count }, (_, index) => (index + 1) ** -exponent));
}
