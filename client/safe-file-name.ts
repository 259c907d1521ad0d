/** Bytes of UTF-8 that file systems take for one name. */
const MAX_BYTES = 255;

/** Names of devices, which Windows takes for no file whatever their extension. */
const DEVICES = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i;

/**
 * A name that every system can save under: no path, no control characters, none that turn the direction of writing (they make
 * "gpj.exe" read as "exe.jpg"), at most 255 bytes with its extension kept. "download" where nothing is left.
 */
export function safeFileName(name: string): string {
  const cleaned = name
    .toWellFormed()
    .normalize("NFC")
    .replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, "")
    .replace(/[\\/:*?"<>|]/g, "_")
    .replace(/^[\s.]+|[\s.]+$/g, "");
  const named = DEVICES.test(cleaned) ? `_${cleaned}` : cleaned;
  return named === "" ? "download" : shortened(named);
}

function shortened(name: string): string {
  if (Buffer.byteLength(name) <= MAX_BYTES) return name;
  const extension = /\.[A-Za-z0-9]{1,8}$/.exec(name)?.[0] ?? "";
  let kept = "";
  let bytes = Buffer.byteLength(extension);
  for (const character of name.slice(0, name.length - extension.length)) {
    bytes += Buffer.byteLength(character);
    if (bytes > MAX_BYTES) break;
    kept += character;
  }
  return `${kept.trimEnd()}${extension}`;
}
