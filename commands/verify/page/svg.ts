// Elements of a picture as text, every value escaped.
type Attributes = Readonly<Record<string, string | number | undefined>>;

/** An element with its children; attributes without a value are left out, numbers are rounded to a hundredth. */
export function element(name: string, attributes: Attributes, children: readonly string[] | string = []): string {
  const given = Object.entries(attributes).flatMap(([key, value]) =>
    value === undefined ? [] : [` ${key}="${escaped(typeof value === "number" ? rounded(value) : value)}"`],
  );
  const inner = typeof children === "string" ? children : children.join("");
  return `<${name}${given.join("")}>${inner}</${name}>`;
}

/** A line of text at a place. */
export function label(x: number, y: number, text: string, attributes: Attributes = {}): string {
  return element("text", { x, y, ...attributes }, escaped(text));
}

/** A whole picture that takes the width it is given; `about` is what it says to who cannot see it. */
export function picture(size: { width: number; height: number }, about: string, children: readonly string[]): string {
  const { width, height } = size;
  return element("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": about }, children);
}

export function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}

function rounded(value: number): string {
  return String(Math.round(value * 100) / 100);
}
