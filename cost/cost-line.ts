// A line of a monthly bill: a product whose text and amount come from the same factors.

/** In the order of a bill. */
export const costGroups = ["database", "bucket", "network", "service"] as const;
export type CostGroup = (typeof costGroups)[number];

export interface CostLine {
  readonly group: CostGroup;
  readonly item: string;
  /** The product in words, as "1 vCPU x 730 h x 0.0413". */
  readonly arithmetic: string;
  /** US dollars a month, not rounded: only sums are, once. */
  readonly dollars: number;
}

/** A number with its unit; a price has none. */
export type Factor = readonly [value: number, unit?: string];

export function costLine(group: CostGroup, item: string, factors: readonly Factor[]): CostLine {
  return {
    group,
    item,
    arithmetic: factors
      .map(([value, unit]) => (unit === undefined ? shown(value) : `${shown(value)} ${unit}`))
      .join(" x "),
    dollars: factors.reduce((product, [value]) => product * value, 1),
  };
}

/** The exact sum of lines, rounded to the cent. */
export function total(lines: readonly CostLine[]): number {
  return roundedToCents(lines.reduce((sum, { dollars }) => sum + dollars, 0));
}

/** Half a cent rounds up, also where binary fractions put it a hair below. */
export function roundedToCents(dollars: number): number {
  return Math.round(Number((dollars * 100).toFixed(6))) / 100;
}

/** At most seven significant digits, never as a power of ten. */
function shown(value: number): string {
  return new Intl.NumberFormat("en-US", { maximumSignificantDigits: 7 }).format(value);
}
