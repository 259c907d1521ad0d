// What no configuration says and a bill depends on all the same: how much there is and how often it is used.

export interface Usage {
  /** Tracks in the library. */
  readonly tracks: number;
  /** Size of an audio file, MB of 1000 kB. */
  readonly megabytesPerTrack: number;
  /** Plays a month, all listeners together. */
  readonly playsPerMonth: number;
  /** Minutes that are streamed of a play. */
  readonly minutesPerPlay: number;
  /** Bit rate of a stream. */
  readonly kilobitsPerSecond: number;
  /** Requests of a player for one play: it reads ranges. */
  readonly requestsPerPlay: number;
  /** Requests and bytes that a content network answers from its caches, per cent; counts only where there is one. */
  readonly cacheHitPercent: number;
  /** Days over which the library was filled evenly: they decide how much is in which storage class. */
  readonly libraryDays: number;
  /** Instance-hours a month that listeners need; those of warm instances count. */
  readonly serviceHours: number;
}

/** A small library whose every track is played once a month; somebody listens for three hours a day. */
export const defaultUsage: Usage = {
  tracks: 10_000,
  megabytesPerTrack: 5,
  playsPerMonth: 10_000,
  minutesPerPlay: 3.5,
  kilobitsPerSecond: 192,
  requestsPerPlay: 3,
  cacheHitPercent: 80,
  libraryDays: 365,
  serviceHours: 100,
};

/** Heap and indexes: 4 GB for ten million tracks, measured with the schema's indexes built. */
const BYTES_PER_TRACK = 400;

/** What an empty server holds: catalogs, templates and write-ahead log. An allowance. */
const SERVER_GB = 1;

/** Data in the database, GB. */
export function databaseGb({ tracks }: Usage): number {
  return SERVER_GB + (tracks * BYTES_PER_TRACK) / 1e9;
}

/** Audio in the bucket, GB. */
export function libraryGb({ tracks, megabytesPerTrack }: Usage): number {
  return (tracks * megabytesPerTrack) / 1000;
}

/** Bytes that a month's plays stream, GB. */
export function streamedGb({ playsPerMonth, minutesPerPlay, kilobitsPerSecond }: Usage): number {
  return (playsPerMonth * minutesPerPlay * 60 * kilobitsPerSecond) / 8 / 1e6;
}

/** Requests that a month's plays make, thousands. */
export function readsThousand({ playsPerMonth, requestsPerPlay }: Usage): number {
  return (playsPerMonth * requestsPerPlay) / 1000;
}

/** The part of plays that reaches the bucket: all of them without a content network before it. */
export function bucketShare({ contentDomain }: { readonly contentDomain: string }, { cacheHitPercent }: Usage): number {
  return contentDomain === "" ? 1 : 1 - cacheHitPercent / 100;
}

/** Tracks that come in a month. */
export function tracksPerMonth({ tracks, libraryDays }: Usage): number {
  return (tracks * 365) / 12 / Math.max(libraryDays, 365 / 12);
}
