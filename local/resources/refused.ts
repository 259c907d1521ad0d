// Resource types that are known, previewed and never made here, each with the reason.
import type { Kind } from "../provider/kind.ts";

const reasons: Readonly<Record<string, string>> = {
  "gcp:serviceaccount/key:Key":
    "key files are against the design: whoever holds the file is the account; here the metadata server and signBlob do its work",
  "gcp:storage/bucketObject:BucketObject":
    "objects are the library's data and not its infrastructure; applications upload them",
};

export function refusedKinds(): Record<string, Kind> {
  return Object.fromEntries(Object.entries(reasons).map(([type, note]) => [type, refusedKind(type, note)]));
}

/** The protocol layer refuses the create by the grade; nothing else can be asked of what never was made. */
function refusedKind(type: string, note: string): Kind {
  const never = async (): Promise<never> => {
    throw new Error(`resource type "${type}": was never made by the local cloud (${note}); expected no such resource.`);
  };
  return { grade: "refused", note, idOf: () => type, create: never, read: never, update: never, delete: never };
}
