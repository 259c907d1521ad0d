export interface CorsArgs {
  /** Web origins whose pages may stream and upload; `*` is any. */
  corsOrigins: readonly string[];
  /** Methods that those pages may use. */
  corsMethods: readonly string[];
  /** Headers that a page may send and read; Google keeps one list for both. */
  corsHeaders: readonly string[];
  /** How long a browser may remember the answer to a preflight request, seconds. */
  corsMaxAgeSeconds: number;
}

/** What a page needs to do its work: the method, and every header that it sends or must be able to read. */
interface Use {
  what: string;
  methods: readonly string[];
  headers: readonly string[];
}

/**
 * A signed header that is missing in the list stops the upload in the browser alone, where no log of ours tells why.
 * cloud.google.com/storage/docs/cross-origin
 */
const uses: readonly Use[] = [
  {
    what: "streaming with seeking",
    methods: ["GET", "HEAD"],
    headers: ["Accept-Ranges", "Content-Length", "Content-Range", "Content-Type", "ETag", "Range"],
  },
  {
    what: "a signed PUT upload",
    methods: ["PUT"],
    headers: [
      ...["Content-Type", "x-goog-content-length-range", "x-goog-content-sha256"],
      ...["x-goog-generation", "x-goog-hash", "x-goog-if-generation-match"],
    ],
  },
];

/** Asked for only where POST is among the methods: pages that upload by PUT alone do without. */
const resumable: Use = {
  what: "the start of a resumable upload",
  methods: ["POST"],
  // The session's address is in Location; what is sent to it names its place in Content-Range, and Range tells how far it came.
  headers: ["Content-Type", "Location", "x-goog-content-length-range", "x-goog-resumable", "Content-Range", "Range"],
};

export const corsMethods = ["GET", "HEAD", "PUT", "POST"];

/** Everything that the uses above need, and the name under which a download is saved. */
export const corsHeaders = [
  ...new Set(["Content-Disposition", ...[...uses, resumable].flatMap(({ headers }) => headers)]),
].sort((a, b) => a.localeCompare(b, "en"));

/** What pages could not do under the rule, one sentence each; empty when nothing is missing. */
export function corsProblems({
  corsMethods: methods,
  corsHeaders: headers,
}: Pick<CorsArgs, "corsMethods" | "corsHeaders">): string[] {
  const asked = methods.includes("POST") ? [...uses, resumable] : uses;
  const named = new Set(headers.map((header) => header.toLowerCase()));
  return asked.flatMap((use) => [
    ...missing(
      "corsMethods",
      use,
      methods,
      use.methods.filter((method) => !methods.includes(method)),
    ),
    ...missing(
      "corsHeaders",
      use,
      headers,
      use.headers.filter((header) => !named.has(header.toLowerCase())),
    ),
  ]);
}

function missing(key: string, { what }: Use, seen: readonly string[], lacking: readonly string[]): string[] {
  if (lacking.length === 0) return [];
  const names = lacking.join(", ");
  return [`${key}: lacks what ${what} needs (${JSON.stringify(seen)}); expected ${names} among them. Add ${names}.`];
}

/** The rule in the provider's form. */
export function corsRule(args: CorsArgs) {
  return {
    origins: [...args.corsOrigins],
    methods: [...args.corsMethods],
    responseHeaders: [...args.corsHeaders],
    maxAgeSeconds: args.corsMaxAgeSeconds,
  };
}
