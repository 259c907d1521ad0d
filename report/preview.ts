// The engine's own account of a preview, read into the shape that a report is made of.
import { z } from "zod";
import { HIDDEN, UNKNOWN } from "../policy/graph.ts";

/** What happens to a resource, the gravest first. */
export const operations = ["delete", "replace", "create", "import", "update", "read", "same"] as const;
export type Operation = (typeof operations)[number];

/** What a resource looks like on one side of the change. */
export interface ResourceState {
  readonly protect: boolean;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly outputs: Readonly<Record<string, unknown>>;
}

export interface PreviewedResource {
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  readonly operation: Operation;
  readonly before?: ResourceState;
  readonly after?: ResourceState;
  /** Inputs whose change makes the resource anew. */
  readonly replacedBy: readonly string[];
  /** Paths that the provider finds changed, as `settings.tier`; empty where it does not say. */
  readonly changedPaths: readonly string[];
}

/** Secrets stand as "[secret]" and what only an update will know as "[unknown]" in every value. */
export interface Preview {
  readonly stack: string;
  /** Raw configuration by full key, as `music-library:tier`. */
  readonly config: Readonly<Record<string, string>>;
  readonly resources: readonly PreviewedResource[];
  readonly outputs: {
    readonly before: Readonly<Record<string, unknown>>;
    readonly after: Readonly<Record<string, unknown>>;
  };
  readonly warnings: readonly string[];
  /** Why the preview failed; empty when it did not. */
  readonly errors: readonly string[];
}

/** The text is not what the engine writes. */
export class PreviewFormatError extends Error {
  override readonly name = "PreviewFormatError";

  constructor(what: string, options?: ErrorOptions) {
    super(
      `preview: ${what}; expected the engine's events, one JSON object a line. ` +
        "Make it with `PULUMI_ENABLE_STREAMING_JSON_PREVIEW=true pulumi preview --json --stack NAME > FILE`.",
      options,
    );
  }
}

const values = z.record(z.string(), z.unknown());
const state = z
  .object({ protect: z.boolean().default(false), inputs: values.nullish(), outputs: values.nullish() })
  .nullish();
const metadata = z.object({
  op: z.string(),
  urn: z.string(),
  type: z.string(),
  old: state,
  new: state,
  keys: z.array(z.string()).nullish(),
  diffs: z.array(z.string()).nullish(),
  detailedDiff: values.nullish(),
});
const step = z.object({ metadata });
const event = z.object({
  preludeEvent: z.object({ config: z.record(z.string(), z.string()) }).optional(),
  resourcePreEvent: step.optional(),
  resOutputsEvent: step.optional(),
  diagnosticEvent: z.object({ message: z.string(), severity: z.string() }).optional(),
  policyEvent: z.object({ message: z.string(), enforcementLevel: z.string() }).optional(),
  summaryEvent: z.object({ result: z.string().optional() }).optional(),
});
type Step = z.infer<typeof metadata>;

const STACK_TYPE = "pulumi:pulumi:Stack";

/** Reads the events of one preview. Throws PreviewFormatError where they are none. */
export function readPreview(text: string): Preview {
  const events = text
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map(readEvent);
  const config = events.find(({ preludeEvent }) => preludeEvent !== undefined)?.preludeEvent?.config;
  const finished = events.some(({ summaryEvent }) => summaryEvent !== undefined);
  if (config === undefined) throw new PreviewFormatError("has no configuration among its events");
  if (!finished) throw new PreviewFormatError("ends before its summary");
  const steps = events.flatMap(({ resourcePreEvent }) => resourcePreEvent?.metadata ?? []);
  const stackStep = events
    .flatMap(({ resOutputsEvent }) => resOutputsEvent?.metadata ?? [])
    .findLast(({ type }) => type === STACK_TYPE);
  const messages = events.flatMap(({ diagnosticEvent }) => diagnosticEvent ?? []);
  const said = (severity: string): string[] => [
    ...new Set(messages.filter((one) => one.severity === severity).map(firstText)),
  ];
  const refused = events.flatMap(({ policyEvent }) => policyEvent ?? []);
  return {
    stack: stackOf(steps),
    config,
    // A provider is a way to resources and none itself: what its change means shows in them.
    resources: folded(steps.filter(({ type }) => type !== STACK_TYPE && !type.startsWith("pulumi:providers:"))),
    outputs: { before: known(stackStep?.old?.outputs ?? {}), after: known(stackStep?.new?.outputs ?? {}) },
    warnings: said("warning"),
    errors: [...said("error"), ...refused.filter((one) => one.enforcementLevel === "mandatory").map(firstText)],
  };
}

function readEvent(line: string, index: number): z.infer<typeof event> {
  let raw: unknown;
  try {
    raw = JSON.parse(line);
  } catch (cause) {
    throw new PreviewFormatError(`line ${index + 1} is not JSON`, { cause });
  }
  const parsed = event.safeParse(raw);
  if (parsed.success) return parsed.data;
  const { path, message } = parsed.error.issues[0] ?? { path: [], message: "is none" };
  throw new PreviewFormatError(`line ${index + 1} is no event (${path.join(".")}: ${message})`);
}

function stackOf(steps: readonly Step[]): string {
  const urn = steps[0]?.urn;
  if (urn === undefined) throw new PreviewFormatError("names no resource");
  return urn.split("::")[0]?.replace("urn:pulumi:", "") ?? "";
}

/** A replacement is three steps of the engine and one change for a reader. */
function folded(steps: readonly Step[]): PreviewedResource[] {
  const byUrn = Map.groupBy(steps, ({ urn }) => urn);
  return [...byUrn].map(([urn, [first, ...more]]) => {
    const all = first === undefined ? more : [first, ...more];
    const decisive = all.find(({ op }) => op === "replace") ?? all[0];
    if (decisive === undefined) throw new PreviewFormatError("has a resource without a step");
    const before = sideOf(all.map((one) => one.old).find((one) => one != null));
    const after = sideOf(all.map((one) => one.new).find((one) => one != null));
    return {
      urn,
      type: decisive.type,
      name: urn.split("::").at(-1) ?? urn,
      operation: operationOf(all.map(({ op }) => op)),
      ...(before === undefined ? {} : { before }),
      ...(after === undefined ? {} : { after }),
      replacedBy: decisive.keys ?? [],
      changedPaths: Object.keys(decisive.detailedDiff ?? {}).concat(
        decisive.detailedDiff == null ? (decisive.diffs ?? []) : [],
      ),
    };
  });
}

const operationNames: Readonly<Record<string, Operation>> = {
  same: "same",
  create: "create",
  update: "update",
  delete: "delete",
  import: "import",
  read: "read",
  refresh: "read",
};

/** Any step that ends in a replacement makes it one. */
function operationOf(steps: readonly string[]): Operation {
  if (steps.some((op) => op === "replace" || op === "create-replacement" || op === "delete-replaced")) return "replace";
  const [op = ""] = steps;
  const operation = operationNames[op];
  if (operation === undefined) throw new PreviewFormatError(`knows a step that is not known here ("${op}")`);
  return operation;
}

function sideOf(side: Step["old"]): ResourceState | undefined {
  if (side == null) return undefined;
  return { protect: side.protect, inputs: known(side.inputs ?? {}), outputs: known(side.outputs ?? {}) };
}

/** What the engine writes for values that only the update will know, by kind: text, truth, number, list, map, asset, archive. */
const unknownMarks = new Set([
  "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
  "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
  "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
  "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
  "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
  "030794c1-ac77-496b-92df-f27374a8bd58",
  "e48ece36-62e2-4504-bad9-02848725956a",
]);

/** Inputs that are secret even where a provider's schema forgot to say so. */
const secretKeys = /^(password|secretData|privateKey|private_key|result|bcryptHash)$/;

/** By this key the engine marks what is more than a plain value. */
const SECRET_SIGNATURE = "4dabf18193072939515e22adb298388d";

function known(side: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(side).map(([key, value]) => [key, secretKeys.test(key) ? HIDDEN : knownValue(value)]),
  );
}

function knownValue(value: unknown): unknown {
  // A provider's settings carry secrets as text, encrypted.
  if (typeof value === "string" && value.includes(SECRET_SIGNATURE)) return HIDDEN;
  if (typeof value === "string") return unknownMarks.has(value) ? UNKNOWN : value;
  if (Array.isArray(value)) return value.map(knownValue);
  if (typeof value !== "object" || value === null) return value;
  return SECRET_SIGNATURE in value ? HIDDEN : known({ ...value });
}

/** A message without its trailing lines; the engine ends some with two. */
function firstText({ message }: { message: string }): string {
  return message.trim();
}
