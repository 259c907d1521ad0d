// The doctor on a healthy machine, and with one thing after the other broken: it names that thing, its fix, and changes nothing.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { configurationFindings } from "../../commands/doctor/configuration.ts";
import { credentialFindings } from "../../commands/doctor/credentials.ts";
import type { Finding } from "../../commands/doctor/finding.ts";
import { machineFindings } from "../../commands/doctor/machine.ts";
import { stackFindings } from "../../commands/doctor/stack.ts";
import { LocalPaths, projectRoot } from "../../local/paths.ts";
import { exampleContract } from "../client/contract-example.ts";
import { FakeGoogle } from "../support/fake-google.ts";

/** The local cloud's folder of a case. */
let local: string;
let env: NodeJS.ProcessEnv;

beforeEach(() => {
  local = mkdtempSync(join(new LocalPaths().folder("tests"), "doctor-"));
  symlinkSync(new LocalPaths().folder("tools"), join(local, "tools"));
  env = { ...process.env, NODE_OPTIONS: "", MUSIC_LIBRARY_LOCAL_DIR: local };
});

afterEach(() => {
  rmSync(local, { recursive: true, force: true });
});

async function doctor(stack = "local", ...args: string[]): Promise<{ code: number | null; output: string }> {
  const command = [join(projectRoot, "commands", "doctor.ts"), "--stack", stack, ...args];
  const child = spawn(process.execPath, command, { cwd: projectRoot, env, stdio: ["ignore", "pipe", "ignore"] });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
  const [code] = (await once(child, "close")) as [number | null];
  return { code, output };
}

async function findings(stack = "local"): Promise<{ code: number | null; found: Finding[] }> {
  const { code, output } = await doctor(stack, "--json");
  const { version, findings: found } = JSON.parse(output) as { version: number; findings: Finding[] };
  expect(version).toBe(1);
  return { code, found };
}

const codes = (found: readonly Finding[]): string[] => {
  for (const { what, fix } of found) expect([what, fix].every((text) => text.length > 3)).toBe(true);
  return found.map(({ code }) => code);
};
const state = (latest: unknown): void => {
  const stacks = join(local, "state", ".pulumi", "stacks", "music-library");
  mkdirSync(stacks, { recursive: true });
  const text = typeof latest === "string" ? latest : JSON.stringify({ checkpoint: { latest } });
  writeFileSync(join(stacks, "local.json"), text);
};
const stackResource = (contract: unknown) => ({ type: "pulumi:pulumi:Stack", outputs: { contract } });
const deployed = { resources: [stackResource(exampleContract())] };

describe("this machine", () => {
  it("has nothing wrong when it is set up, and the doctor leaves it as it was", async () => {
    const before = readdirSync(local, { recursive: true });
    const { code, found } = await findings();
    expect(codes(found)).toEqual(["not-deployed"]);
    expect(code).toBe(0);
    expect(readdirSync(local, { recursive: true })).toEqual(before);
  }, 60_000);

  it("lacks an engine, a plugin, PgBouncer and what builds it", async () => {
    rmSync(join(local, "tools"));
    const bare = join(local, "bin");
    mkdirSync(bare);
    env = { ...env, PATH: bare, PULUMI_HOME: join(local, "nowhere") };
    const { code, found } = await findings();
    expect(codes(found).slice(0, 3)).toEqual(["engine-missing", "plugin-missing", "pgbouncer-missing"]);
    expect(found.find((finding) => finding.code === "engine-missing")?.fix).toContain("install Go");
    expect(found.find((finding) => finding.code === "pgbouncer-missing")?.fix).toContain("gcc, make");
    expect(code).toBe(1);
  }, 60_000);

  it("has an old Node first on PATH, which plain pulumi would take", async () => {
    const bin = join(local, "bin");
    mkdirSync(bin);
    writeFileSync(join(bin, "node"), "#!/bin/sh\necho v20.19.0\n");
    chmodSync(join(bin, "node"), 0o755);
    const { PATH } = process.env;
    process.env["PATH"] = `${bin}:${PATH ?? ""}`;
    try {
      const found = await machineFindings(new LocalPaths(local), "dev");
      expect(codes(found)).toEqual(["node-old"]);
      expect(found[0]?.what).toContain("v20.19.0");
    } finally {
      process.env["PATH"] = PATH;
    }
  }, 60_000);

  it("has packages of another lock file", async () => {
    const root = join(local, "checkout");
    mkdirSync(join(root, "node_modules"), { recursive: true });
    writeFileSync(join(root, "package-lock.json"), "{}");
    const mark = join(root, "node_modules", ".music-library-packages");
    writeFileSync(mark, createHash("sha256").update("{}").digest("hex"));
    expect(codes(await machineFindings(new LocalPaths(local), "local", root))).toEqual([]);
    writeFileSync(join(root, "package-lock.json"), '{"changed":1}');
    expect(codes(await machineFindings(new LocalPaths(local), "local", root))).toEqual(["packages-outdated"]);
  }, 60_000);
});

describe("the configuration", () => {
  const text = (stack: string): string => readFileSync(join(projectRoot, `Pulumi.${stack}.yaml`), "utf8");

  it("is refused with every problem, each with its fix", () => {
    const broken = text("dev")
      .replace("diskSizeGb: 20", "diskSizeGb: 5")
      .replace("tier: db-custom-1-3840", "tier: huge");
    const found = configurationFindings("dev", broken);
    expect(found.map(({ what }) => what)).toEqual([
      expect.stringContaining("tier"),
      expect.stringContaining("diskSizeGb"),
    ]);
    for (const { code, fix } of found) {
      expect(code).toBe("configuration-refused");
      expect(fix).toMatch(/^Correct it in Pulumi\.dev\.yaml/);
    }
  });

  it("is no configuration at all", () => {
    expect(codes(configurationFindings("dev", "config: 5\n"))).toEqual(["file-unreadable"]);
  });

  it("has what somebody would regret in prod, and that is no error", () => {
    const found = configurationFindings("prod", text("prod"));
    expect(codes(found)).toEqual(
      expect.arrayContaining([
        "alerts-unread",
        "budget-unwatched",
        "image-unset",
        "operators-unset",
        "secrets-provider-unset",
      ]),
    );
    expect(found.every(({ severity }) => severity === "warning")).toBe(true);
  });

  it("has a key for the secrets once bootstrap has named it", () => {
    const named = `secretsprovider: gcpkms://projects/p/locations/r/keyRings/k/cryptoKeys/c\n${text("dev")}`;
    expect(codes(configurationFindings("dev", named))).not.toContain("secrets-provider-unset");
    expect(codes(configurationFindings("dev", text("dev")))).toContain("secrets-provider-unset");
  });

  it("gives memory away twice, where the first deployment's flags are kept", () => {
    const first = text("dev").replace("flagProfile: computed", "flagProfile: first-deployment");
    expect(codes(configurationFindings("dev", first))).toContain("memory-overcommitted");
    expect(codes(configurationFindings("dev", text("dev")))).not.toContain("memory-overcommitted");
  });
});

describe("the credentials", () => {
  it("are taken by Google", async () => {
    const google = await new FakeGoogle().start();
    try {
      expect(codes(await credentialFindings("p"))).toEqual([]);
    } finally {
      await google.stop();
    }
  }, 30_000);

  it("are a file that is not there, beside variables that lead astray", async () => {
    const more = { PULUMI_DEBUG_PROVIDERS: "gcp:1", GOOGLE_CREDENTIALS: "{}" };
    const found = await credentialFindings("p", { ...more, GOOGLE_APPLICATION_CREDENTIALS: join(local, "gone.json") });
    expect(codes(found)).toEqual(["debug-providers-set", "two-identities", "credentials-missing"]);
  });

  it("are refused, and nothing of them is shown", async () => {
    const file = join(local, "refused.json");
    const source = { file: join(local, "subject") };
    writeFileSync(source.file, "very-fresh");
    const refused = {
      type: "external_account",
      audience: "a",
      subject_token_type: "urn:ietf:params:oauth:token-type:jwt",
    };
    writeFileSync(
      file,
      JSON.stringify({ ...refused, token_url: "http://127.0.0.1:9/token", credential_source: source }),
    );
    process.env["GOOGLE_APPLICATION_CREDENTIALS"] = file;
    try {
      const found = await credentialFindings("p");
      expect(codes(found)).toEqual(["credentials-refused"]);
      expect(JSON.stringify(found)).not.toContain("very-fresh");
    } finally {
      delete process.env["GOOGLE_APPLICATION_CREDENTIALS"];
    }
  }, 60_000);
});

describe("the local stack", () => {
  it.each([
    ["is deployed and stopped", () => state(deployed), ["cloud-stopped"]],
    [
      "has not come to the end of its first update",
      () => state({ resources: [{ type: "a" }] }),
      ["contract-missing", "cloud-stopped"],
    ],
    [
      "has a contract of another version",
      () => state({ resources: [stackResource({ version: 9 })] }),
      ["contract-unknown", "cloud-stopped"],
    ],
    ["has a state that was half written", () => state('{"checkpoint": {'), ["state-broken"]],
    [
      "was cut off in the middle of something",
      () => state({ ...deployed, pending_operations: [{ type: "creating", resource: { urn: "urn:a::b" } }] }),
      ["operations-pending", "cloud-stopped"],
    ],
    [
      "is locked by a killed update",
      () => {
        state(deployed);
        const locks = join(local, "state", ".pulumi", "locks", "organization");
        mkdirSync(locks, { recursive: true });
        writeFileSync(join(locks, "lock.json"), "{}");
      },
      ["cloud-stopped", "state-locked"],
    ],
  ] as const)("%s", async (_name, arrange, expected) => {
    arrange();
    expect(codes(await stackFindings(new LocalPaths(local), "local"))).toEqual(expected);
  });
});

it("a stack on Google Cloud has never been deployed, or its state is out of reach", async () => {
  const backend = join(local, "backend");
  mkdirSync(backend);
  const { PULUMI_BACKEND_URL: before } = process.env;
  try {
    process.env["PULUMI_BACKEND_URL"] = `file://${backend}`;
    expect(codes(await stackFindings(new LocalPaths(local), "dev"))).toEqual(["not-deployed"]);
    process.env["PULUMI_BACKEND_URL"] = `file://${backend}/nowhere`;
    expect(codes(await stackFindings(new LocalPaths(local), "dev"))).toEqual(["state-unreachable"]);
  } finally {
    if (before === undefined) delete process.env["PULUMI_BACKEND_URL"];
    else process.env["PULUMI_BACKEND_URL"] = before;
  }
}, 60_000);

it("the doctor says in words what is wrong and what to do, counts, and ends with 1", async () => {
  state({ resources: [{ type: "a:b:C" }] });
  const { code, output } = await doctor();
  expect(code).toBe(1);
  expect(output).toContain("wrong   stack: the stack has no contract");
  expect(output).toContain("        -> npm start");
  expect(output).toMatch(/local: 1 wrong, 1 to mind\n$/);
}, 60_000);
