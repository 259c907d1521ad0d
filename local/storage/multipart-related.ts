// The body of `uploadType=multipart`: two parts, the object resource in JSON and then its bytes, which are passed on as a stream.
import { malformed, untilEnd } from "./form-data.ts";

export interface RelatedBody {
  /** The first part. */
  readonly resource: string;
  /** Content-Type of the second part. */
  readonly contentType: string | undefined;
  /** The bytes of the second part; to be read to its end. */
  readonly content: AsyncIterable<Uint8Array>;
}

/** The first part is small; what is larger than this is no resource. */
const longestHead = 1_048_576;

/** Splits the body at its boundary; holds the first part and never more of the second than a chunk. */
export async function splitRelated(
  body: AsyncIterable<Uint8Array>,
  contentType: string | undefined,
): Promise<RelatedBody> {
  const boundary = /boundary=(?:"([^"]+)"|([^;\s]+))/i.exec(contentType ?? "");
  const name = boundary?.[1] ?? boundary?.[2];
  if (name === undefined) throw malformed("the Content-Type names no boundary");
  const delimiter = Buffer.from(`--${name}`);
  const chunks = body[Symbol.asyncIterator]();
  let held: Buffer = Buffer.alloc(0);
  const more = async (): Promise<void> => {
    const next = await chunks.next();
    if (next.done === true) throw malformed("it ends too early");
    held = Buffer.concat([held, next.value]);
    if (held.length > longestHead + next.value.length) throw malformed("its first part is too long");
  };
  /** Everything before `mark`; the mark is taken away too. */
  const until = async (mark: string | Buffer): Promise<Buffer> => {
    while (!held.includes(mark)) await more();
    const at = held.indexOf(mark);
    const before = held.subarray(0, at);
    held = held.subarray(at + Buffer.from(mark).length);
    return before;
  };
  await until(delimiter);
  await until("\r\n\r\n");
  const resource = (await until(delimiter)).toString("utf8").replace(/\r?\n$/, "");
  const headers = (await until("\r\n\r\n")).toString("utf8");
  return {
    resource,
    contentType: /^content-type:\s*(.+?)\s*$/im.exec(headers)?.[1],
    content: untilEnd(held, chunks, Buffer.from(`\r\n--${name}--`)),
  };
}
