import { hash } from "node:crypto";
import { crc32 } from "node:zlib";

/** A file's text without byte order mark, line ends as LF. Nothing else is touched, so white space inside a literal counts. */
export function normalise(text: string): string {
  return text.replace(/^\uFEFF/, "").replaceAll("\r\n", "\n");
}

/** Hex SHA-256 of a normalised text. */
export function sha256(text: string): string {
  return hash("sha256", text, "hex");
}

/**
 * Flyway's checksum: CRC-32 over the UTF-8 bytes of all lines without their terminators, as a signed 32-bit number. Kept so
 * that Flyway can take the history over; it cannot see a line break that frees a statement from its comment, SHA-256 can.
 */
export function flywayChecksum(text: string): number {
  const lines = normalise(text).split(/[\n\r]/);
  return crc32(Buffer.from(lines.join(""), "utf8")) | 0;
}
