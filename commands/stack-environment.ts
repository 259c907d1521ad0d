// The environment in which Pulumi and the other commands meet a stack. For `local`: the local cloud's addresses, a state of its
// own below .local/, and nothing of the user's Google credentials. For every other stack: the user's environment as it is.
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, join, relative } from "node:path";
import { parseDocument } from "yaml";
import type { CloudAddresses } from "../local/control.ts";
import { type LocalPaths, projectRoot } from "../local/paths.ts";

export const localStack = "local";

/** Where a pulumi command runs and with which environment. */
export interface StackEnvironment {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
}

/** Variables that lead to Google: taken out wherever the local cloud answers. */
const googleVariables =
  /^(GOOGLE_|GCLOUD_|CLOUDSDK_|GCE_METADATA|METADATA_SERVER_DETECTION|PULUMI_DEBUG_PROVIDERS|GCP_)/;

/** A value of the stack's configuration. */
export type StackValue =
  string | number | boolean | readonly StackValue[] | { readonly [key: string]: StackValue | undefined };

/** The user's environment with the pinned tools first on PATH. */
export function cloudEnvironment(): StackEnvironment {
  return { cwd: projectRoot, env: { ...process.env, PATH: toolPath(), PULUMI_SKIP_UPDATE_CHECK: "true" } };
}

/** The environment of the stack `local`. `workspaceName` and `stateName` are folders below .local/. */
export function localEnvironment(
  paths: LocalPaths,
  addresses: CloudAddresses,
  { workspaceName = "workspace", stateName = "state" } = {},
): StackEnvironment {
  const inherited = Object.fromEntries(Object.entries(process.env).filter(([name]) => !googleVariables.test(name)));
  return {
    cwd: paths.folder(workspaceName),
    env: {
      ...inherited,
      PATH: toolPath(),
      PULUMI_BACKEND_URL: `file://${paths.folder(stateName)}`,
      PULUMI_CONFIG_PASSPHRASE_FILE: passphraseFile(paths),
      PULUMI_DEBUG_PROVIDERS: `gcp:${addresses.providers.gcp},random:${addresses.providers.random}`,
      PULUMI_SKIP_UPDATE_CHECK: "true",
      // The local cloud answers for gcp and random: their plugins are not looked for on the network.
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
      // A young generation of eight megabytes: less memory for the short life of program and providers, at the same speed.
      NODE_OPTIONS: `${process.env["NODE_OPTIONS"] ?? ""} --max-semi-space-size=8`.trim(),
      // What Node compiled once (the SDK and its TypeScript compiler, mostly) it does not compile at every update.
      NODE_COMPILE_CACHE: paths.folder("cache", "node"),
      PULUMI_LANGUAGE_NODEJS_RUN_PATH: join(projectRoot, "local", "program-runner.cjs"),
      GOOGLE_APPLICATION_CREDENTIALS: addresses.operatorCredentials,
      // Where no project is set, Google's libraries ask the machine's gcloud, which answers with the user's own.
      GOOGLE_CLOUD_PROJECT: localProject(),
      // No library looks for a metadata server: on a machine of Google's it would find the real one.
      METADATA_SERVER_DETECTION: "none",
      MUSIC_LIBRARY_LOCAL_DIR: paths.root,
    },
  };
}

/**
 * A Pulumi workspace below .local/ over the unchanged program: the engine writes its encryption salt into a stack's file, and
 * the ports of this machine stand there too, while the checkout stays clean. `values` are set in Pulumi.local.yaml's copy.
 */
export function writeWorkspace(folder: string, values: Readonly<Record<string, StackValue>>): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const project = parseDocument(readFileSync(join(projectRoot, "Pulumi.yaml"), "utf8"));
  project.set("main", relative(folder, join(projectRoot, String(project.get("main")))));
  writeFileSync(join(folder, "Pulumi.yaml"), String(project));
  for (const name of readdirSync(projectRoot).filter((name) => /^Pulumi\.[a-z]+\.yaml$/.test(name))) {
    const target = join(folder, name);
    const stack = parseDocument(readFileSync(join(projectRoot, name), "utf8"));
    const salt: unknown = existsSync(target)
      ? parseDocument(readFileSync(target, "utf8")).get("encryptionsalt")
      : undefined;
    if (salt !== undefined) stack.set("encryptionsalt", salt);
    if (name === `Pulumi.${localStack}.yaml`) {
      for (const [key, value] of Object.entries(values)) stack.setIn(["config", `music-library:${key}`], value);
    }
    writeFileSync(target, String(stack));
  }
}

/** A workspace and state that are gone afterwards, for previews of other stacks with the local cloud answering. */
export async function withThrowAwayWorkspace<Result>(
  paths: LocalPaths,
  addresses: CloudAddresses,
  work: (environment: StackEnvironment) => Promise<Result>,
): Promise<Result> {
  const name = `preview-${randomBytes(4).toString("hex")}`;
  const environment = localEnvironment(paths, addresses, { workspaceName: name, stateName: join(name, "state") });
  try {
    writeWorkspace(environment.cwd, {});
    return await work(environment);
  } finally {
    rmSync(environment.cwd, { recursive: true, force: true });
  }
}

/** The Google project that the local stack is in. */
export function localProject(): string {
  const stack = parseDocument(readFileSync(join(projectRoot, `Pulumi.${localStack}.yaml`), "utf8"));
  return String(stack.getIn(["config", "gcp:project"]));
}

/** The key of the local stack's secrets: made once, kept below .local/. */
function passphraseFile(paths: LocalPaths): string {
  const file = paths.at("passphrase");
  if (!existsSync(file)) writeFileSync(file, randomBytes(24).toString("base64"), { mode: 0o600, flag: "wx" });
  return file;
}

function toolPath(): string {
  return [join(projectRoot, "node_modules", ".bin"), process.env["PATH"] ?? ""].join(delimiter);
}
