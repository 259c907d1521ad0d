import { describe, expect, it } from "@jest/globals";
import { ContractError, parseContract } from "../../client/index.ts";
import { exampleContract } from "./contract-example.ts";

function problemsOf(contract: unknown): readonly string[] {
  try {
    parseContract(JSON.stringify(contract));
  } catch (error) {
    if (error instanceof ContractError) return error.problems;
    throw error;
  }
  return [];
}

describe("parseContract", () => {
  it("reads what the stack writes, unchanged", () => {
    const contract = exampleContract();
    expect(parseContract(JSON.stringify(contract))).toEqual(contract);
  });

  it("reads both ways to the server", () => {
    const contract = exampleContract();
    const tlsSecret = "projects/loist-music-library-local/secrets/tls";
    contract.database.connection = { mode: "direct", host: "127.0.0.1", port: 5432, tlsSecret };
    expect(parseContract(JSON.stringify(contract)).database.connection).toEqual(contract.database.connection);
  });

  it("reads what was written before replicas were named, as without one", () => {
    const written = exampleContract();
    Reflect.deleteProperty(written.database, "replicas");
    expect(parseContract(JSON.stringify(written)).database.replicas).toEqual([]);
  });

  it("drops properties that a newer stack added", () => {
    expect(parseContract(JSON.stringify({ ...exampleContract(), colour: "blue" }))).toEqual(exampleContract());
  });

  it("refuses another version before anything else", () => {
    expect(problemsOf({ version: 2, everything: "else is unknown" })).toEqual(["has another version (2)"]);
  });

  it("names every wrong property at once, and the next step", () => {
    const contract = exampleContract();
    contract.bucket.prefixes.temp = "temp";
    contract.database.pooler.port = 70_000;
    contract.endpoints.storage = "127.0.0.1:9000";
    contract.database.pooler.passwordSecret = "hunter2";
    expect(problemsOf(contract).map((problem) => problem.split(":")[0])).toEqual([
      "database.pooler.port",
      "database.pooler.passwordSecret",
      "bucket.prefixes.temp",
      "endpoints.storage",
    ]);
    expect(() => parseContract(JSON.stringify(contract))).toThrow(/npm run contract -- --stack NAME --format json/);
    expect(() => parseContract(JSON.stringify(contract))).not.toThrow(/hunter2/);
  });

  it.each(["", "{", "null", "[]", '"text"'])("refuses %j", (json) => {
    expect(() => parseContract(json)).toThrow(ContractError);
  });
});
