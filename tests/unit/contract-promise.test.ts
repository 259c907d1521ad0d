import { spawnSync } from "node:child_process";
import { describe, expect, it } from "@jest/globals";
import * as pulumi from "@pulumi/pulumi";
import { contractPromise, ContractPromiseError, kept, promiseProblems } from "../../components/contract-promise.ts";
import { projectRoot } from "../../local/paths.ts";
import { exampleContract } from "../client/contract-example.ts";

const problems = (contract: unknown) => promiseProblems(contract, contractPromise);
const { bucket, database } = exampleContract();

describe("the contract's promise", () => {
  it("is kept by the contract as it is, and by one with more in it", () => {
    expect(problems(exampleContract())).toEqual([]);
    expect(problems({ ...exampleContract(), cdn: { address: "https://cdn.example" } })).toEqual([]);
  });

  it.each<[string, object, string[]]>([
    ["a field is gone", { region: undefined }, ["region: is gone; expected a text"]],
    [
      "a whole part is gone",
      { bucket: undefined },
      ["name", "location", "prefixes.audio", "prefixes.thumbnails", "prefixes.temp"].map(
        (name) => `bucket.${name}: is gone; expected a text`,
      ),
    ],
    [
      "a number is a text",
      { database: { ...database, pooler: { ...database.pooler, port: "6432" } } },
      ["database.pooler.port: is now a text; expected a number"],
    ],
    ["a text is a list", { bucket: { ...bucket, name: ["a", "b"] } }, ["bucket.name: is now a list; expected a text"]],
    [
      "a list is a text",
      { database: { ...database, logins: { ...database.logins, application: "a" } } },
      ["database.logins.application: is now a text; expected a list"],
    ],
    [
      "one name of many is a number",
      { database: { ...database, passwordSecrets: { somebody: 1 } } },
      ["database.passwordSecrets.somebody: is now a number; expected a text"],
    ],
    [
      "none of many names is left",
      { database: { ...database, passwordSecrets: {} } },
      ["database.passwordSecrets.*: is gone; expected a text"],
    ],
    [
      "a field that one form lacks is of another kind",
      { database: { ...database, connection: { mode: "direct", host: "h", port: "1", tlsSecret: "s" } } },
      ["database.connection.port: is now a text; expected a number"],
    ],
    [
      "its version is lowered and a field is gone",
      { version: 0, region: undefined },
      ["region: is gone; expected a text"],
    ],
  ])("is broken where %s", (_what, change, expected) => {
    expect(problems({ ...exampleContract(), ...change })).toEqual(expected);
  });

  it("may be broken by a higher version", () => {
    expect(problems({ version: contractPromise.version + 1 })).toEqual([]);
  });

  it("is not asked of what the cloud has not said yet", () => {
    const whole: object = { ...exampleContract(), bucket: pulumi.output(bucket) };
    expect(problems(whole)).toEqual([]);
  });

  it("stops the program at once where the program itself writes the field, by a sentence without a stack", () => {
    const without = { ...exampleContract(), region: undefined };
    expect(() => kept(without)).toThrow(ContractPromiseError);
    expect(() => kept(without)).toThrow(/breaks the applications that read version 1; .*\n {2}- region: is gone/);
    expect(pulumi.RunError.isInstance(new ContractPromiseError([], contractPromise))).toBe(true);
  });

  it("stops it as soon as a value of the cloud is known", () => {
    const wrong = JSON.stringify({ ...bucket, name: 7 });
    const program = `
      import * as pulumi from "@pulumi/pulumi";
      import { kept } from "./components/contract-promise.ts";
      import { exampleContract } from "./tests/client/contract-example.ts";
      kept({ ...exampleContract(), bucket: pulumi.output(${wrong}) });`;
    // A rejected output ends its process, as it ends a preview.
    const { status, stderr } = spawnSync(process.execPath, ["--input-type=module", "--eval", program], {
      ...{ cwd: projectRoot, encoding: "utf8", env: { ...process.env, NODE_OPTIONS: "" } },
    });
    expect(stderr).toContain("bucket.name: is now a number; expected a text");
    expect(status).not.toBe(0);
  }, 30_000);
});
