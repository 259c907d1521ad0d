/** What a URL is for. */
export type UrlUse = "stream" | "seek" | "download" | "thumbnail" | "upload";

interface UrlLifetime {
  /** The least, in seconds. */
  seconds: number;
  /** Room beyond the track's own length, in seconds; without it the length does not matter. */
  beyondDurationSeconds?: number;
}

/**
 * Use -> life of its URL. A request that has begun outlives its URL, so one request each is enough for a download, a
 * thumbnail and an upload (a resumable one goes on at its session's own address, for a week). A player asks for ranges as it
 * goes: its URL has to outlive the track, and for one who pauses and goes back in a long one, by more.
 */
export const URL_LIFETIMES: Readonly<Record<UrlUse, UrlLifetime>> = {
  stream: { seconds: 900, beyondDurationSeconds: 600 },
  seek: { seconds: 900, beyondDurationSeconds: 3600 },
  download: { seconds: 900 },
  thumbnail: { seconds: 900 },
  upload: { seconds: 900 },
};

/** Life of a URL where the caller names none: 15 minutes. */
export const DEFAULT_EXPIRES_SECONDS = 900;

/**
 * Life of a URL for this use, in whole seconds: 15 minutes, or as long as the track needs, and never longer than the signer's
 * signatures hold (a player asks for the next URL then).
 */
export function urlLifetimeSeconds(
  use: UrlUse,
  track: { durationSeconds: number | null },
  signer: { maxExpiresSeconds: number },
): number {
  const { seconds, beyondDurationSeconds } = URL_LIFETIMES[use];
  const { durationSeconds } = track;
  const needed =
    beyondDurationSeconds === undefined || durationSeconds === null
      ? 0
      : Math.ceil(durationSeconds) + beyondDurationSeconds;
  return Math.min(Math.max(seconds, needed), signer.maxExpiresSeconds);
}

/** Within this a URL may be handed out again, so that one signature serves many callers and browsers find it in their cache. */
const LONGEST_WINDOW_SECONDS = 300;

/**
 * Length of the window in which one URL is handed out to all who ask: a third of its life, at most 5 minutes. A URL that comes
 * from the cache therefore has at least two thirds of its life left; one of 15 minutes, 10.
 */
export function windowSeconds(expiresSeconds: number): number {
  return Math.min(Math.floor(expiresSeconds / 3), LONGEST_WINDOW_SECONDS);
}

/**
 * Begin and end of the window that holds this moment (`now`: whole seconds, as milliseconds since 1970): the same in every
 * process, and another for each object, so that they do not all end at once.
 */
export function urlWindow(object: string, expiresSeconds: number, now: number): { signedAt: number; renewAt: number } {
  const length = windowSeconds(expiresSeconds) * 1000;
  if (length === 0) return { signedAt: now, renewAt: now };
  const phase = (hashOf(object) * 1000) % length;
  const signedAt = now - ((now + phase) % length);
  return { signedAt, renewAt: signedAt + length };
}

/** FNV-1a, 32 bits: spreads names, and is the same everywhere. */
function hashOf(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  }
  return value >>> 0;
}

/** What is left at least of a URL's life when it is handed out, in seconds. */
export function minimumRestSeconds(expiresSeconds: number): number {
  return expiresSeconds - windowSeconds(expiresSeconds);
}
