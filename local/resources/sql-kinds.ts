// The resource types of Cloud SQL.
import type { Clusters } from "../postgres/clusters.ts";
import { instanceType } from "../postgres/servers.ts";
import type { Kind } from "../provider/kind.ts";
import type { ResourceStore } from "../store.ts";
import { databaseKind } from "./sql-database.ts";
import { instanceDeclaration, type InstanceSettings } from "./sql-instance-declaration.ts";
import { instanceKind } from "./sql-instance.ts";
import { sslCertKind } from "./sql-ssl-cert.ts";
import { userKind } from "./sql-user.ts";

export function sqlKinds({ clusters, store }: { clusters: Clusters; store: ResourceStore }): Record<string, Kind> {
  const settingsOf = (instance: string): InstanceSettings | undefined => {
    const stored = store.get(instanceType, instance);
    return stored === undefined ? undefined : instanceDeclaration(stored.inputs).settings;
  };
  const inside = {
    "gcp:sql/database:Database": databaseKind(clusters),
    "gcp:sql/user:User": userKind(clusters, settingsOf),
    "gcp:sql/sslCert:SslCert": sslCertKind(clusters),
  };
  // What is declared with `deletedWith` the instance is never deleted by the engine: it goes here.
  const forget = (instance: string): void => {
    for (const type of Object.keys(inside)) {
      const gone = store.list(type).filter(({ inputs }) => inputs["instance"] === instance);
      for (const { id } of gone) store.remove(type, id);
    }
  };
  // Google's lock may have been closed, or opened, beside the stack.
  const lockOf = (instance: string): boolean | undefined => {
    const stored = store.get(instanceType, instance);
    return stored === undefined ? undefined : instanceDeclaration(stored.outputs).settings?.deletionProtectionEnabled;
  };
  return { [instanceType]: instanceKind({ clusters, forget, lockOf }), ...inside };
}
