// A stack's exported state without what is secret in it.

/** By this key the engine marks a value in an exported state as more than a plain one. */
const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";
/** What stands in a secret's place. The local cloud's comparison takes it for equal to every value. */
const WITHHELD = "[secret]";

interface Resource {
  readonly type?: string;
  readonly inputs?: Readonly<Record<string, unknown>>;
  readonly outputs?: Readonly<Record<string, unknown>>;
}

/** What `pulumi stack export` prints. */
export interface Exported {
  readonly deployment?: { readonly resources?: readonly Resource[] };
}

/**
 * The deployment with every secret withheld, encrypted or not, and with nothing left of the key that would decrypt it: it can
 * be imported with any other secrets provider.
 */
export function withoutSecrets(exported: Exported): unknown {
  const parts = Object.entries(exported.deployment ?? {}).filter(([key]) => key !== "secrets_providers");
  const resources = (exported.deployment?.resources ?? []).map(withheldResource);
  return { ...exported, deployment: { ...Object.fromEntries(parts), resources } };
}

/**
 * The `postgresql` plugin marks passwords that nobody has set as secret too, and would take anything in their place for a
 * change: they are left out. Elsewhere what is computed is what others are made from.
 */
function withheldResource(resource: Resource): unknown {
  const { type = "", inputs = {}, outputs = {} } = resource;
  const kept = Object.entries(outputs).filter(
    ([name, value]) => !(type.startsWith("postgresql:") && isSecret(value) && !(name in inputs)),
  );
  return withheld({ ...resource, outputs: Object.fromEntries(kept) });
}

function isSecret(value: unknown): boolean {
  return typeof value === "object" && value !== null && Reflect.get(value, SIGNATURE) === SECRET;
}

function withheld(value: unknown): unknown {
  if (isSecret(value)) return WITHHELD;
  if (Array.isArray(value)) return value.map(withheld);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withheld(inner)]));
}
