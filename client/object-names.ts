/** An object name that Cloud Storage or the contract does not allow. */
export class ObjectNameError extends Error {
  constructor(name: string, problem: string, expected: string) {
    super(
      `object ${JSON.stringify(shortened(name))}: ${problem}; expected ${expected}. Build names with the prefixes of the contract.`,
    );
    this.name = "ObjectNameError";
  }
}

/** UTF-8 bytes: https://cloud.google.com/storage/docs/objects#naming */
const MAX_NAME_BYTES = 1024;

/**
 * Checks a name against Cloud Storage's rules and against the folders that are allowed here.
 * Throws ObjectNameError; returns the name so that it can be used in place.
 */
export function checkedObjectName(name: string, prefixes: readonly string[]): string {
  const bytes = Buffer.byteLength(name);
  if (bytes > MAX_NAME_BYTES) {
    throw new ObjectNameError(
      name,
      `is too long (${String(bytes)} bytes)`,
      `at most ${String(MAX_NAME_BYTES)} bytes of UTF-8`,
    );
  }
  if (!name.isWellFormed()) throw new ObjectNameError(name, "holds half a character", "well-formed Unicode");
  // Beyond CR and LF, which Cloud Storage forbids, control characters cannot be written in XML listings.
  if (/[\u0000-\u001f\u007f-\u009f]/.test(name)) {
    throw new ObjectNameError(name, "holds a control character", "printable characters");
  }
  const prefix = prefixes.find((candidate) => name.startsWith(candidate));
  if (prefix === undefined) {
    throw new ObjectNameError(name, "is outside the folders for this use", `a name below ${prefixes.join(" or ")}`);
  }
  // HTTP clients resolve "." and ".." in a URL's path before they send it: the request would not fit its signature.
  if (name.length === prefix.length || /(^|\/)\.\.?(\/|$)/.test(name)) {
    throw new ObjectNameError(name, 'is a folder, or has a part "." or ".."', `a file below ${prefix}`);
  }
  return name;
}

/** `gs://bucket/object` of an object, as the database stores it. */
export function objectUri(bucket: string, name: string): string {
  return `gs://${bucket}/${name}`;
}

/** The object's name in `gs://bucket/object`. Throws ObjectNameError when it is in another bucket. */
export function objectOfUri(uri: string, bucket: string): string {
  const start = `gs://${bucket}/`;
  if (!uri.startsWith(start)) throw new ObjectNameError(uri, "is not in the library's bucket", `${start}...`);
  return uri.slice(start.length);
}

function shortened(name: string): string {
  return name.length > 80 ? `${name.slice(0, 77)}...` : name;
}
