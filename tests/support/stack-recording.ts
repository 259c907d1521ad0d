// The real program, run under mocks with the configuration of a real stack.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { type Recording, recordProgram, type RegisteredResource } from "./pulumi-mocks.ts";

const root = join(import.meta.dirname, "..", "..");

interface StackFile {
  config: Record<string, unknown>;
}

/** Configuration as the engine hands it over: everything is text, lists and maps are JSON. */
function stackConfig(stack: string, overrides: Record<string, unknown>): Record<string, string> {
  const { config } = parse(readFileSync(join(root, `Pulumi.${stack}.yaml`), "utf8")) as StackFile;
  return Object.fromEntries(
    Object.entries({ ...config, ...overrides }).map(([key, value]) => [
      key,
      typeof value === "string" ? value : JSON.stringify(value),
    ]),
  );
}

/** Runs index.ts as `stack` and records what it registers. `overrides` are full keys, as `music-library:tier`. */
export async function recordStack(stack: string, overrides: Record<string, unknown> = {}): Promise<Recording> {
  const config = stackConfig(stack, overrides);
  const googleProject = config["gcp:project"];
  if (googleProject === undefined) throw new Error(`Pulumi.${stack}.yaml: has no gcp:project; expected one.`);
  // The query makes another instance of the module: a program runs when it is loaded, and only once.
  const program = `../../index.ts?run=${String((runs += 1))}`;
  return recordProgram(() => import(program), { stack, googleProject, config });
}
let runs = 0;

/** One resource of a golden graph: what a reviewer of a change wants to see of it. */
type GoldenResource = Partial<Omit<RegisteredResource, "revealed">>;

function byTypeAndName(a: RegisteredResource, b: RegisteredResource): number {
  const [left, right] = [`${a.type}::${a.name}`, `${b.type}::${b.name}`];
  return left < right ? -1 : left > right ? 1 : 0;
}

/** The resource graph as it stands in tests/stack/golden/: sorted, secrets as "[secret]", what says nothing left out. */
export function goldenGraph(recording: Recording): string {
  const resources = recording.resources.toSorted(byTypeAndName).map((resource): GoldenResource => {
    const { type, name, parent, inputs, protect, deletedWith, replaceWith, dependsOn, provider } = resource;
    // The text of a dynamic provider is code, which has tests of its own.
    const shown = Object.fromEntries(Object.entries(inputs).filter(([key]) => key !== "__provider"));
    return {
      type,
      name,
      ...(parent === "" ? {} : { parent }),
      inputs: reviewed(type, shown),
      ...(protect ? { protect } : {}),
      ...(deletedWith === "" ? {} : { deletedWith }),
      ...(replaceWith.length === 0 ? {} : { replaceWith }),
      ...(dependsOn.length === 0 ? {} : { dependsOn }),
      ...(provider === "" ? {} : { provider }),
    };
  });
  return `${JSON.stringify({ resources, outputs: recording.outputs }, sortedKeys, 2)}\n`;
}

/** Inputs in the form in which a reviewer can read them. */
function reviewed(type: string, inputs: Record<string, unknown>): Record<string, unknown> {
  if (type.endsWith(":SchemaMigrations")) return { ...inputs, files: fileNames(inputs.files) };
  // One line of JSON would hide what changed in it.
  if (type === "gcp:monitoring/dashboard:Dashboard") {
    return { ...inputs, dashboardJson: JSON.parse(String(inputs.dashboardJson)) as unknown };
  }
  return inputs;
}

/** The names alone: what is in a migration is reviewed in its own file. */
function fileNames(files: unknown): unknown {
  return Array.isArray(files) ? files.map(({ file }: { file: string }) => file) : files;
}

/** Sorts the keys of plain objects, so that the order in which a program writes them is no change. */
function sortedKeys(_key: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
