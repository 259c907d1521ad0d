// Small line charts: the last values of one figure, drawn into an svg of 120 by 32.
const LENGTH = 60;

/** Keeps values for one chart and draws them. */
export class Chart {
  #svg;
  #values = [];

  constructor(svg) {
    this.#svg = svg;
  }

  add(value) {
    this.#values.push(value);
    if (this.#values.length > LENGTH) this.#values.shift();
    const top = Math.max(...this.#values, 1e-9);
    const points = this.#values.map((each, index) => `${(index * 120) / (LENGTH - 1)},${31 - (each / top) * 30}`);
    const line = document.createElementNS("http://www.w3.org/2000/svg", "polyline");
    line.setAttribute("points", points.join(" "));
    this.#svg.replaceChildren(line);
  }
}
