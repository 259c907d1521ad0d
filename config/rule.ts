import type { Settings } from "./schema.ts";

/** Settings with the place they are for. */
export interface PlacedSettings extends Settings {
  stack: string;
  project: string;
  region: string;
}

type Key = keyof PlacedSettings;

/** A rule over the keys that it names: it is asked only when each of them alone is right. */
export interface Rule {
  keys: readonly Key[];
  problems: (settings: PlacedSettings) => string[];
}

/** The check sees no other keys than those that it names. */
export function rule<K extends Key>(
  keys: readonly K[],
  problems: (settings: Pick<PlacedSettings, K>) => string[],
): Rule {
  return { keys, problems };
}

interface Clash {
  wrong: string;
  expected: string;
  next: string;
}

function clash(key: Key, value: string | number | boolean, { wrong, expected, next }: Clash): string {
  return `${key}: ${wrong} (${JSON.stringify(value)}); expected ${expected}. ${next}.`;
}

/** One problem when the condition holds. */
export function when(condition: boolean, key: Key, value: string | number | boolean, what: Clash): string[] {
  return condition ? [clash(key, value, what)] : [];
}
