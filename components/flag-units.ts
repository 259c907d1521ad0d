/** A unit in which PostgreSQL counts a setting when the number stands alone. */
export type FlagUnit = "8kB" | "kB" | "MB" | "ms" | "s" | "min";

const sizeBytes: Record<string, number> = { B: 1, kB: 1024, MB: 1024 ** 2, GB: 1024 ** 3, TB: 1024 ** 4 };
const timeMs: Record<string, number> = { us: 0.001, ms: 1, s: 1000, min: 60_000, h: 3_600_000, d: 86_400_000 };

/** Bytes or milliseconds in one unit, with the words that may be written for it. */
function measure(unit: FlagUnit): { one: number; words: Record<string, number>; kind: "size" | "time" } {
  switch (unit) {
    case "8kB":
      return { one: 8192, words: sizeBytes, kind: "size" };
    case "kB":
      return { one: 1024, words: sizeBytes, kind: "size" };
    case "MB":
      return { one: 1024 ** 2, words: sizeBytes, kind: "size" };
    case "ms":
      return { one: 1, words: timeMs, kind: "time" };
    case "s":
      return { one: 1000, words: timeMs, kind: "time" };
    case "min":
      return { one: 60_000, words: timeMs, kind: "time" };
    default:
      return unit satisfies never;
  }
}

/** The words that a value of the unit may end in, as "B, kB, MB, GB or TB". */
export function unitWords(unit: FlagUnit): string {
  const words = Object.keys(measure(unit).words);
  return `${words.slice(0, -1).join(", ")} or ${words.at(-1) ?? ""}`;
}

/** "768MB" in pages of "8kB" is 98304. Undefined when the text has no unit, a wrong one, or is no whole number of the setting's unit. */
export function countUnits(value: string, unit: FlagUnit): number | undefined {
  const [, digits, word] = /^(\d+(?:\.\d+)?)\s*([A-Za-z]+)$/.exec(value) ?? [];
  const { one, words } = measure(unit);
  const perWord = word === undefined ? undefined : words[word];
  if (digits === undefined || perWord === undefined) return undefined;
  const count = (Number(digits) * perWord) / one;
  return Number.isInteger(count) ? count : undefined;
}

/** 98304 pages of "8kB" is "768MB": the largest unit that divides it. */
export function withUnit(count: number, unit: FlagUnit): string {
  const { one, words } = measure(unit);
  const total = count * one;
  const fitting = Object.entries(words).filter(([, size]) => total >= size && total % size === 0);
  const [word, size] = fitting.at(-1) ?? [unit, one];
  return `${total / size}${word}`;
}

/** Bytes of a count in the unit; sizes only. */
export function unitBytes(count: number, unit: "8kB" | "kB" | "MB"): number {
  return count * measure(unit).one;
}
