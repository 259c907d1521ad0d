// Runs a Pulumi program against mocks that answer as Google would, and records what the program registers: inputs with
// their secrets marked, parents, and the options (protect, deletedWith, replaceWith) that Pulumi's own mocks drop.
import * as pulumi from "@pulumi/pulumi";
import { mockedOutputs } from "./mocked-outputs.ts";

// jest runs tests in a realm of its own, where an array made by Node (a folder's files, say) is no `instanceof Array`; the
// SDK asks just that and would register such an array as an object.
Object.defineProperty(Array, Symbol.hasInstance, {
  value(this: unknown, candidate: unknown): boolean {
    return this === Array ? Array.isArray(candidate) : Function.prototype[Symbol.hasInstance].call(this, candidate);
  },
});

/** What stands in a recording where the engine would keep an encrypted value. */
export const SECRET = "[secret]";

export interface RegisteredResource {
  readonly type: string;
  readonly name: string;
  /** Name of the parent; "" for the stack itself. */
  readonly parent: string;
  /** Inputs as the engine gets them; each secret value is SECRET. */
  readonly inputs: Record<string, unknown>;
  /** The same inputs with the values of secrets, to test what a secret is made of. */
  readonly revealed: Record<string, unknown>;
  readonly protect: boolean;
  /** Names of resources. */
  readonly deletedWith: string;
  readonly replaceWith: readonly string[];
  /** Names of all resources that come first: explicit ones and those whose outputs are read. */
  readonly dependsOn: readonly string[];
  /** Name of the explicit provider; "" for the default one. */
  readonly provider: string;
}

export interface Recording {
  readonly resources: readonly RegisteredResource[];
  /** What the program returned, as stack outputs: secrets are SECRET. */
  readonly outputs: Record<string, unknown>;
  /** The one resource with this type's last part (`DatabaseInstance`) or type and this name. Throws when it is not there. */
  readonly find: (type: string, name: string) => RegisteredResource;
  /** All resources of a type (`gcp:sql/user:User`, or its last part `User`). */
  readonly ofType: (type: string) => readonly RegisteredResource[];
}

export interface ProgramSurroundings {
  readonly project?: string;
  readonly stack?: string;
  readonly preview?: boolean;
  /** Google project that resources without an explicit one belong to. */
  readonly googleProject?: string;
  /** Stack configuration with full keys (`music-library:tier`), values as the engine hands them over: text. */
  readonly config?: Record<string, string>;
}

interface RegisterRequest {
  getType(): string;
  getName(): string;
  getParent(): string;
  getObject(): { toJavaScript(): Record<string, unknown> } | undefined;
  getProtect(): boolean;
  getDeletedwith(): string;
  getReplaceWithList(): string[];
  getDependenciesList(): string[];
  getProvider(): string;
}
/** Both calls' requests in one; each call has its own half. */
interface MonitorRequest extends RegisterRequest, OutputsRequest {}

interface OutputsRequest {
  getUrn(): string;
  getOutputs(): { toJavaScript(): Record<string, unknown> } | undefined;
}

const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET_SIGNATURE = "1b47061264138c4ac30d75fd1eb44270";

/** Removes the wire form of secrets: shows `SECRET`, or the value when `reveal` is true. References become their URN's name. */
function unwrap(value: unknown, reveal: boolean): unknown {
  if (Array.isArray(value)) return value.map((element: unknown) => unwrap(element, reveal));
  if (typeof value !== "object" || value === null) return value;
  if (SIGNATURE in value && value[SIGNATURE] === SECRET_SIGNATURE && "value" in value) {
    return reveal ? unwrap(value.value, reveal) : SECRET;
  }
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, unwrap(inner, reveal)]));
}

function record(value: unknown, reveal: boolean): Record<string, unknown> {
  const plain = unwrap(value, reveal);
  return typeof plain === "object" && plain !== null ? { ...plain } : {};
}

/** A URN's last part; "" for the stack and for none. */
function nameOfUrn(urn: string): string {
  const [, , type = "", name = ""] = urn.split("::");
  return type === "pulumi:pulumi:Stack" ? "" : name;
}

function registered(request: RegisterRequest): RegisteredResource {
  const inputs = request.getObject()?.toJavaScript() ?? {};
  return {
    type: request.getType(),
    name: request.getName(),
    parent: nameOfUrn(request.getParent()),
    inputs: record(inputs, false),
    revealed: record(inputs, true),
    protect: request.getProtect(),
    deletedWith: nameOfUrn(request.getDeletedwith()),
    replaceWith: request.getReplaceWithList().map(nameOfUrn),
    dependsOn: [...new Set(request.getDependenciesList().map(nameOfUrn))].sort(),
    provider: nameOfUrn(request.getProvider()),
  };
}

/**
 * Runs `program` in a stack of mocks and returns what it registered, once every registration is answered. Throws what
 * the program or a mock threw: resource types and function calls that `mocked-outputs.ts` does not list are errors.
 */
export async function recordProgram(
  program: () => unknown,
  surroundings: ProgramSurroundings = {},
): Promise<Recording> {
  const resources: RegisteredResource[] = [];
  const failures: unknown[] = [];
  const { project = "music-library", stack = "test", preview = false } = surroundings;
  const googleProject = surroundings.googleProject ?? "music-project";
  // A thrown error would end the whole process from within the SDK: kept here, it reaches the one who called.
  const guarded = async <T>(run: () => T | Promise<T>, otherwise: T): Promise<T> => {
    try {
      return await run();
    } catch (error) {
      failures.push(error);
      return otherwise;
    }
  };
  await pulumi.runtime.setMocks(
    {
      call: ({ token }) => guarded(() => refuseCall(token), {}),
      newResource: (args) => guarded(() => mockedOutputs(args, googleProject), { id: "failed", state: {} }),
    },
    project,
    stack,
    preview,
  );
  pulumi.runtime.setAllConfig({ "gcp:project": googleProject, ...surroundings.config });
  const monitor: unknown = pulumi.runtime.getMonitor();
  const outputs: Record<string, unknown> = {};
  takeHooks(monitor);
  watch(monitor, "registerResource", (request) => resources.push(registered(request)));
  watch(monitor, "registerResourceOutputs", (request) => {
    if (!request.getUrn().includes("::pulumi:pulumi:Stack::")) return;
    Object.assign(outputs, record(request.getOutputs()?.toJavaScript(), false));
  });
  await pulumi.runtime.runInPulumiStack(() => guarded<unknown>(program, {}));
  await pulumi.runtime.disconnect();
  if (failures.length > 0) throw failures[0];
  return recording(resources, outputs);
}

function refuseCall(token: string): never {
  throw new Error(`function "${token}": must not be called; expected a program without function calls.`);
}

/** Pulumi's mock monitor says that it knows resource hooks, and lacks the call that registers one. */
function takeHooks(monitor: unknown): void {
  const registerResourceHook = (_: unknown, callback: (error: unknown, response: unknown) => void): void =>
    callback(null, {});
  Object.assign(monitor as object, { registerResourceHook });
}

/** Puts a listener behind one call of Pulumi's mock monitor, which itself keeps neither options nor parents. */
function watch(
  monitor: unknown,
  call: "registerResource" | "registerResourceOutputs",
  onAnswer: (request: MonitorRequest) => void,
): void {
  const original: unknown = typeof monitor === "object" && monitor !== null ? Reflect.get(monitor, call) : undefined;
  if (typeof original !== "function") throw new Error(`Pulumi's mock monitor has no ${call} any more.`);
  const watched = (request: MonitorRequest, callback: (error: unknown, response: unknown) => void): unknown =>
    Reflect.apply(original, monitor, [
      request,
      (error: unknown, response: unknown) => {
        onAnswer(request);
        callback(error, response);
      },
    ]);
  Object.assign(monitor as object, { [call]: watched });
}

function recording(all: readonly RegisteredResource[], outputs: Record<string, unknown>): Recording {
  const resources = all.filter(({ type }) => type !== "pulumi:pulumi:Stack");
  const ofType = (type: string): RegisteredResource[] =>
    resources.filter((resource) => resource.type === type || resource.type.split(":").at(-1) === type);
  return {
    resources,
    outputs,
    ofType,
    find: (type, name) => {
      const found = ofType(type).find((resource) => resource.name === name);
      if (found !== undefined) return found;
      const names = ofType(type).map((resource) => resource.name);
      throw new Error(`${type} "${name}": not registered; the program registered ${names.join(", ") || "none"}.`);
    },
  };
}
