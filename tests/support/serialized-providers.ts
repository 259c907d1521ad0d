// Prints what Pulumi makes of the dynamic providers' objects: JSON, type -> text. Runs in a process of its own, since the
// serializer wants a plain Node.
import * as pulumi from "@pulumi/pulumi";
import type { ConnectionDescriptor } from "../../connections/descriptor.ts";

const texts: Record<string, unknown> = {};
await pulumi.runtime.setMocks({
  newResource: ({ type, inputs }) => {
    texts[type.split(":").at(-1) ?? ""] = (inputs as Record<string, unknown>)["__provider"];
    return { id: "id", state: inputs as object };
  },
  call: () => ({}),
});
const { SchemaMigrations } = await import("../../components/schema-migrations.ts");
const { RoleSettings } = await import("../../components/role-settings.ts");

const connection: ConnectionDescriptor = {
  ...{ mode: "cloudSqlConnector", connectionName: "p:r:i", database: "d", user: "u" },
  ...{ passwordSecret: "projects/p/secrets/s", secretManagerEndpoint: "" },
};
const resources = [
  new SchemaMigrations("m", { connection, verifierConnection: connection, folder: "sql/migrations", ownerRole: "o" }),
  new RoleSettings("r", { connection, settings: {} }),
];
for (const { urn } of resources) await new Promise((resolve) => urn.apply(resolve));
process.stdout.write(JSON.stringify(texts));
