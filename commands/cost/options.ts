// The usage that a bill is reckoned for, as options of the command line.
import { defaultUsage, type Usage } from "../../cost/usage.ts";
import { UsageError } from "../command.ts";

interface UsageOption {
  readonly key: keyof Usage;
  readonly meaning: string;
  /** The largest value; a million million unless given. */
  readonly most?: number;
}

/** By option name. */
export const usageOptions = {
  tracks: { key: "tracks", meaning: "tracks in the library" },
  "mb-per-track": { key: "megabytesPerTrack", meaning: "size of an audio file, MB" },
  plays: { key: "playsPerMonth", meaning: "plays a month" },
  minutes: { key: "minutesPerPlay", meaning: "minutes that are streamed of a play" },
  kbps: { key: "kilobitsPerSecond", meaning: "bit rate of a stream, kbit/s" },
  requests: { key: "requestsPerPlay", meaning: "requests of a player for one play" },
  "hit-percent": {
    ...{ key: "cacheHitPercent", meaning: "per cent of plays that a content network has in its caches" },
    most: 100,
  },
  "library-days": { key: "libraryDays", meaning: "days over which the library was filled evenly" },
  "service-hours": { key: "serviceHours", meaning: "instance-hours a month that listeners need, warm ones included" },
} as const satisfies Readonly<Record<string, UsageOption>>;

export type UsageOptionName = keyof typeof usageOptions;

/** Defaults replaced by what was given. Throws UsageError with every value that is no number from 0. */
export function parseUsage(given: Readonly<Partial<Record<UsageOptionName, string>>>): Usage {
  const usage = { ...defaultUsage };
  const problems: string[] = [];
  for (const [name, option] of Object.entries<UsageOption>(usageOptions)) {
    const { key, most = 1e12 } = option;
    const text = given[name as UsageOptionName];
    if (text === undefined) continue;
    const value = Number(text);
    if (/^\d+(\.\d+)?$/.test(text) && value <= most) Object.assign(usage, { [key]: value });
    else problems.push(`option "--${name}": is no number (${text}); expected 0 to ${most}. Correct it.`);
  }
  // Whoever says how many tracks there are means each to be played once, as the default does.
  if (given.tracks !== undefined && given.plays === undefined) Object.assign(usage, { playsPerMonth: usage.tracks });
  if (problems.length > 0) throw new UsageError(problems.join("\n"));
  return usage;
}
