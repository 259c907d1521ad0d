import { describe, expect, it } from "@jest/globals";
import { replicaAddress, ReplicaError } from "../../client/index.ts";
import { exampleContract } from "./contract-example.ts";

const user = "music_library_user";
const tlsSecret = "projects/p/secrets/tls-b";
const contract = exampleContract();
contract.database.replicas = [
  { instance: "db-a", connectionName: "p:r:db-a", connection: { mode: "cloudSqlConnector" } },
  {
    instance: "db-b",
    connectionName: "p:r:db-b",
    connection: { mode: "direct", host: "10.0.0.9", port: 5433, tlsSecret },
  },
];

describe("replicaAddress", () => {
  it("is the socket of the first replica behind Google's connector", () => {
    expect(replicaAddress(contract, { user })).toEqual({ host: "/cloudsql/p:r:db-a", port: 5432, user });
  });

  it("is a replica's own address with its certificates where the way is direct", () => {
    const tls = JSON.stringify({ serverCa: "CA", clientCert: "CERT", clientKey: "KEY" });
    const address = replicaAddress(contract, { user, instance: "db-b", tls });
    expect(address).toMatchObject({ host: "10.0.0.9", port: 5433, user, tls: { ca: "CA", cert: "CERT", key: "KEY" } });
  });

  it("says which replicas there are, and which secret is missing", () => {
    expect(() => replicaAddress(contract, { user, instance: "db-c" })).toThrow(
      /"db-c": is not in the contract \(db-a, db-b\)/,
    );
    expect(() => replicaAddress(exampleContract(), { user })).toThrow(/\(no replica\)/);
    expect(() => replicaAddress(contract, { user, instance: "db-b" })).toThrow(tlsSecret);
    expect(() => replicaAddress(contract, { user, instance: "db-b" })).toThrow(ReplicaError);
  });
});
