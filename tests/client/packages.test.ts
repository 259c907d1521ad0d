// client/ and migrator/ as other projects get them: JavaScript and types, run and type-checked outside this tree. The packages'
// own dependencies are found in this project's node_modules, so nothing is downloaded.
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { pack } from "../../commands/pack.ts";
import { LocalPaths, projectRoot } from "../../local/paths.ts";

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(new LocalPaths().folder("tests"), "packages-"));
  for (const tarball of pack(join(folder, "packed"))) {
    const name = /music-library-[a-z]+/.exec(tarball)?.[0] ?? "";
    const target = join(folder, "node_modules", name);
    mkdirSync(target, { recursive: true });
    execFileSync("tar", ["-xzf", tarball, "-C", target, "--strip-components=1"]);
  }
  writeFileSync(join(folder, "package.json"), JSON.stringify({ type: "module" }));
}, 120_000);

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe("an application in another project", () => {
  it("signs a URL and reads migrations with the packages, on plain JavaScript", () => {
    mkdirSync(join(folder, "sql"));
    writeFileSync(
      join(folder, "application.js"),
      `import { generateKeyPairSync } from "node:crypto";
       import { keySigner, SignedUrls, parseContract } from "music-library-client";
       import { plan } from "music-library-migrator";
       const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048, privateKeyEncoding: { type: "pkcs8", format: "pem" }, publicKeyEncoding: { type: "spki", format: "pem" } });
       console.log(typeof keySigner, typeof SignedUrls, typeof parseContract, privateKey.length > 0);
       console.log(JSON.stringify(plan([{ version: "0001", description: "a", file: "V0001__a.up.sql", sha256: "x" }], []).pending.map(({ file }) => file)));`,
    );
    const { stdout, stderr } = spawnSync(process.execPath, ["application.js"], {
      cwd: folder,
      encoding: "utf8",
      env: { ...process.env, NODE_OPTIONS: "" },
    });
    expect(stderr).toBe("");
    expect(stdout).toBe('function function function true\n["V0001__a.up.sql"]\n');
  });

  it("has their types, without a setting of this project", () => {
    writeFileSync(
      join(folder, "application.ts"),
      `import { type Contract, SignedUrlError } from "music-library-client";
       import { type MigratorOptions, MigrationError } from "music-library-migrator";
       export const bucket = (contract: Contract): string => contract.bucket.name;
       export const schema = ({ historySchema }: MigratorOptions): string | undefined => historySchema;
       // @ts-expect-error a contract has no such field: the types are real
       export const wrong = (contract: Contract): string => contract.nonsense;
       export const errors = [SignedUrlError, MigrationError];`,
    );
    const tsc = join(projectRoot, "node_modules", "typescript", "bin", "tsc");
    const options = [
      "--noEmit",
      "--strict",
      "--module",
      "nodenext",
      "--target",
      "es2023",
      "--skipLibCheck",
      "--types",
      "node",
    ];
    const { status, stdout } = spawnSync(process.execPath, [tsc, "--ignoreConfig", ...options, "application.ts"], {
      cwd: folder,
      encoding: "utf8",
      env: { ...process.env, NODE_OPTIONS: "" },
    });
    expect({ status, stdout }).toEqual({ status: 0, stdout: "" });
  }, 60_000);

  it.each(["client", "migrator"])("gets every dependency of %s at this project's version", (name) => {
    const manifest = join(folder, "node_modules", `music-library-${name}`, "package.json");
    const { dependencies } = JSON.parse(readFileSync(manifest, "utf8")) as { dependencies: Record<string, string> };
    const require = createRequire(join(projectRoot, "package.json"));
    expect(Object.keys(dependencies)).toContain("pg");
    for (const [dependency, version] of Object.entries(dependencies)) {
      const file = join(projectRoot, "node_modules", dependency, "package.json");
      expect([dependency, (require(file) as { version: string }).version]).toEqual([dependency, version]);
    }
  });
});
