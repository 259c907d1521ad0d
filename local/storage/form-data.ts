// multipart/form-data, read as it comes: the fields before the file, then the file as a stream. https://www.rfc-editor.org/rfc/rfc7578
import { invalid } from "./storage-error.ts";

export interface FormFile {
  readonly fileName: string;
  /** Content-Type of the part. */
  readonly contentType: string | undefined;
  /** To be read to its end. */
  readonly content: AsyncIterable<Uint8Array>;
}

export interface FormData {
  /** Lower-case name -> value. */
  readonly fields: ReadonlyMap<string, string>;
  readonly file: FormFile;
}

/** All fields before the file, at most. */
const longestHead = 1_048_576;

/** Reads up to the field `file`, which comes last; 400 where the body has another form. */
export async function readForm(body: AsyncIterable<Uint8Array>, contentType: string | undefined): Promise<FormData> {
  const boundary = /boundary=(?:"([^"]+)"|([^;\s]+))/i.exec(contentType ?? "");
  const name = boundary?.[1] ?? boundary?.[2];
  if (name === undefined) throw malformed("the Content-Type names no boundary");
  const delimiter = Buffer.from(`\r\n--${name}`);
  const chunks = body[Symbol.asyncIterator]();
  // The first delimiter stands at the very beginning, without a line end before it.
  let held: Buffer = Buffer.from("\r\n");
  let seen = 0;
  const until = async (mark: string | Buffer): Promise<Buffer> => {
    for (;;) {
      const at = held.indexOf(mark);
      if (at >= 0) {
        const before = held.subarray(0, at);
        held = held.subarray(at + Buffer.from(mark).length);
        return before;
      }
      const next = await chunks.next();
      if (next.done === true) throw malformed("it ends too early");
      seen += next.value.length;
      if (seen > longestHead + next.value.length) throw malformed("its fields are too long");
      held = Buffer.concat([held, next.value]);
    }
  };
  const fields = new Map<string, string>();
  await until(delimiter);
  for (;;) {
    // What follows a delimiter: "--" at the end of all, else a line end and the part's headers.
    const headers = (await until("\r\n\r\n")).toString("utf8");
    if (headers.startsWith("--")) throw malformed("the field file is missing");
    const disposition = /^content-disposition:.*$/im.exec(headers)?.[0] ?? "";
    const field = parameter(disposition, "name").toLowerCase();
    if (field === "file") {
      const type = /^content-type:\s*(.+?)\s*$/im.exec(headers)?.[1];
      const file = { fileName: parameter(disposition, "filename"), contentType: type };
      return { fields, file: { ...file, content: untilEnd(held, chunks, delimiter) } };
    }
    fields.set(field, (await until(delimiter)).toString("utf8"));
  }
}

function parameter(disposition: string, name: string): string {
  return new RegExp(`;\\s*${name}="([^"]*)"`, "i").exec(disposition)?.[1] ?? "";
}

/** Everything up to `end`, holding no more than a chunk; what follows is read and dropped. */
export async function* untilEnd(
  first: Buffer,
  chunks: AsyncIterator<Uint8Array>,
  end: Buffer,
): AsyncGenerator<Uint8Array> {
  let held = first;
  for (;;) {
    const at = held.indexOf(end);
    if (at >= 0) {
      yield held.subarray(0, at);
      // The rest of the body is read, so that the connection can be used again.
      while ((await chunks.next()).done !== true);
      return;
    }
    // The last bytes may be the beginning of the closing boundary.
    const sure = Math.max(held.length - end.length + 1, 0);
    if (sure > 0) yield held.subarray(0, sure);
    const next = await chunks.next();
    if (next.done === true) throw malformed("its closing boundary is missing");
    held = Buffer.concat([held.subarray(sure), next.value]);
  }
}

export function malformed(why: string): Error {
  return invalid(`Malformed multipart body: ${why}.`);
}
