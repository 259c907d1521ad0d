// One provider package (`gcp` or `random`): the verbs of the protocol over the table of kinds, the schema and the store.
import type { ReservedNames } from "../reserved-names.ts";
import type { Properties, PropertyValue, ResourceStore } from "../store.ts";
import { changedProperties, type PropertyChange } from "./diff.ts";
import type { CheckProblem, Kind, ResourceState, Scope } from "./kind.ts";
import { isObject, resourceSchema, type ResourceSchema, schemaProblems, unknownValue, withDefaults } from "./schema.ts";

/** The one stack whose resources are made here. */
const localStack = "local";

interface PackageProviderArgs {
  readonly name: string;
  /** The version of the SDK package, which the engine compares. */
  readonly version: string;
  readonly kinds: Readonly<Record<string, Kind>>;
  /** What is made here; absent for values that live in the engine's state alone, as those of `random`. */
  readonly store?: ResourceStore;
  /** Names of what was deleted that stay taken; absent where nothing is. */
  readonly reserved?: ReservedNames;
  /** Where the project is named when the stack does not (the engine passes `project` and `region` of the stack). */
  readonly defaults: Scope;
}

export class PackageProvider {
  readonly version: string;
  private readonly args: PackageProviderArgs;
  private scope: Scope;

  constructor(args: PackageProviderArgs) {
    this.args = args;
    this.version = args.version;
    this.scope = args.defaults;
  }

  /** The configuration of the engine's provider resource: `project`, `region`. */
  configure(config: Properties): void {
    const text = (name: string): string | undefined => {
      const value = config[name];
      return typeof value === "string" && value !== "" && value !== unknownValue ? value : undefined;
    };
    this.scope = {
      project: text("project") ?? this.args.defaults.project,
      region: text("region") ?? this.args.defaults.region,
    };
  }

  check(urn: string, olds: Properties, news: Properties): { inputs: Properties; problems: CheckProblem[] } {
    const type = typeOf(urn);
    const schema = resourceSchema(type);
    if (schema === undefined || this.args.kinds[type] === undefined) {
      return { inputs: news, problems: [{ property: "", reason: this.unknownType(type).message }] };
    }
    const problems = schemaProblems(schema, news);
    const inputs = withDefaults(schema, this.named(schema, urn, olds, news));
    // Value rules look at values of the right type only; otherwise they would report the same mistake again.
    if (problems.length === 0) problems.push(...(this.kind(type).check?.(known(inputs), this.scope) ?? []));
    return { inputs, problems };
  }

  diff(urn: string, olds: Properties, news: Properties): { changes: PropertyChange[]; deleteBeforeReplace: boolean } {
    const type = typeOf(urn);
    const kind = this.kind(type);
    const changes = changedProperties(schemaOf(type), olds, news);
    const decided = new Set(kind.replaces?.(olds, news) ?? []);
    const marked = changes.map((change) => ({ ...change, replaces: change.replaces || decided.has(change.path) }));
    const replaces = marked.some((change) => change.replaces);
    // As the real provider does for resources with a name of their own: both cannot exist at once.
    const sameName = this.args.store !== undefined && kind.idOf(olds, this.scope) === kind.idOf(news, this.scope);
    return { changes: marked, deleteBeforeReplace: replaces && sameName };
  }

  previewCreate(urn: string, inputs: Properties): Properties {
    const type = typeOf(urn);
    const kind = this.kind(type);
    return {
      ...this.computedUnknown(type),
      ...this.scoped(type, inputs),
      ...(kind.previewOutputs?.(known(inputs), this.scope) ?? {}),
    };
  }

  previewUpdate(urn: string, olds: ResourceState, news: Properties): Properties {
    return { ...olds.outputs, ...this.scoped(typeOf(urn), news) };
  }

  async create(urn: string, inputs: Properties): Promise<{ id: string; outputs: Properties }> {
    refuseCrossing(urn);
    const type = typeOf(urn);
    const kind = this.kind(type);
    if (kind.grade === "refused") throw refused(type, kind);
    const id = kind.idOf(inputs, this.scope);
    const existing = this.args.store?.get(type, id);
    if (existing !== undefined && existing.urn !== urn) {
      throw new Error(
        `${type} "${id}": already exists (declared as ${existing.urn}); expected a name that is free. Choose another name or remove the other.`,
      );
    }
    if (existing === undefined) this.args.reserved?.refuseReserved(type, id);
    const outputs = await kind.create(inputs, this.scope);
    this.args.store?.put({ type, id, urn, inputs, outputs });
    return { id, outputs };
  }

  async read(urn: string, id: string, state: ResourceState): Promise<ResourceState | undefined> {
    refuseCrossing(urn);
    const type = typeOf(urn);
    const stored = this.args.store?.get(type, id);
    const knownState = Object.keys(state.outputs).length > 0 ? state : stored;
    if (knownState === undefined) return undefined;
    return await this.kind(type).read(id, knownState, this.scope);
  }

  async update(urn: string, id: string, olds: ResourceState, news: Properties): Promise<Properties> {
    refuseCrossing(urn);
    const type = typeOf(urn);
    const outputs = await this.kind(type).update(id, olds, news, this.scope);
    this.args.store?.put({ type, id, urn, inputs: news, outputs });
    return outputs;
  }

  async delete(urn: string, id: string, olds: ResourceState): Promise<void> {
    refuseCrossing(urn);
    const type = typeOf(urn);
    await this.kind(type).delete(id, olds, this.scope);
    this.args.store?.remove(type, id);
    this.args.reserved?.deleted(type, id);
  }

  private kind(type: string): Kind {
    const kind = this.args.kinds[type];
    if (kind === undefined) throw this.unknownType(type);
    return kind;
  }

  private unknownType(type: string): Error {
    const known = Object.keys(this.args.kinds).sort().join(", ");
    return new Error(
      `resource type "${type}": is not known to the local cloud; expected one of ${known}. Declare one of these, or teach local/resources/ the type.`,
    );
  }

  /** A name for what was declared without one, kept over updates, as the real provider makes it. */
  private named(schema: ResourceSchema, urn: string, olds: Properties, news: Properties): Properties {
    const field = schema.properties["name"];
    if (field?.computed !== true || field.outputOnly === true || field.replaces !== true || "name" in news) return news;
    return { ...news, name: olds["name"] ?? `${nameOf(urn)}-${Math.random().toString(16).slice(2, 9)}` };
  }

  private computedUnknown(type: string): Properties {
    const computed = Object.entries(schemaOf(type).properties).filter(([, field]) => field.computed === true);
    return Object.fromEntries(computed.map(([name]) => [name, unknownValue]));
  }

  private scoped(type: string, inputs: Properties): Properties {
    const fields = schemaOf(type).properties;
    const project = fields["project"]?.computed === true ? { project: this.scope.project } : {};
    const region = fields["region"]?.computed === true ? { region: this.scope.region } : {};
    return { ...project, ...region, ...inputs };
  }
}

function refused(type: string, kind: Kind): Error {
  return new Error(
    `resource type "${type}": cannot be created by the local cloud (${kind.note ?? "refused"}); expected a preview only. Deploy it to Google Cloud.`,
  );
}

function schemaOf(type: string): ResourceSchema {
  const schema = resourceSchema(type);
  if (schema === undefined) throw new Error(`resource type "${type}": has no schema`);
  return schema;
}

/** A stack of Google Cloud can be previewed here and nothing else: its state must never come to speak of local resources. */
function refuseCrossing(urn: string): void {
  const stack = urn.split("::")[0]?.split(":")[2] ?? "";
  if (stack !== localStack) {
    throw new Error(
      `stack "${stack}": cannot be changed by the local cloud; expected the stack "${localStack}". Unset PULUMI_DEBUG_PROVIDERS to reach Google Cloud.`,
    );
  }
}

/** The type token of a URN, without its parents' types. */
export function typeOf(urn: string): string {
  return urn.split("::")[2]?.split("$").at(-1) ?? "";
}

function nameOf(urn: string): string {
  return urn.split("::").slice(3).join("::");
}

/** The value without its unknown parts, which no rule can judge yet. */
function known(values: Properties): Properties {
  const keep = (value: PropertyValue): PropertyValue | undefined => {
    if (value === unknownValue) return undefined;
    if (Array.isArray(value)) return value.map(keep).filter((item) => item !== undefined);
    return isObject(value) ? known(value) : value;
  };
  const entries = Object.entries(values).map(([name, value]) => [name, keep(value)] as const);
  return Object.fromEntries(entries.filter((entry): entry is [string, PropertyValue] => entry[1] !== undefined));
}
