import { isUtf8 } from "node:buffer";
import { hash } from "node:crypto";
import { crc32 } from "node:zlib";

// One for all files: each holds memory that is freed late.
const decoder = new TextDecoder("utf-8");

/**
 * Bytes of a file as text: UTF-8, without byte order mark, line ends as LF. Nothing else is touched, so white space inside
 * a literal counts. Returns undefined when the bytes are not UTF-8.
 */
export function normalise(bytes: Uint8Array): string | undefined {
  if (!isUtf8(bytes)) return undefined;
  return decoder.decode(bytes).replaceAll("\r\n", "\n");
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
  const lines = text.replace(/^\uFEFF/, "").split(/\r\n|\n|\r/);
  return crc32(Buffer.from(lines.join(""), "utf8")) | 0;
}
