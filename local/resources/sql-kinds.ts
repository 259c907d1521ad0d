// The resource types of Cloud SQL.
import { type Clusters, instanceType } from "../postgres/clusters.ts";
import type { Kind } from "../provider/kind.ts";
import { databaseKind } from "./sql-database.ts";
import { instanceKind } from "./sql-instance.ts";
import { sslCertKind } from "./sql-ssl-cert.ts";
import { userKind } from "./sql-user.ts";

export function sqlKinds({ clusters }: { clusters: Clusters }): Record<string, Kind> {
  return {
    [instanceType]: instanceKind(clusters),
    "gcp:sql/database:Database": databaseKind(clusters),
    "gcp:sql/user:User": userKind(clusters),
    "gcp:sql/sslCert:SslCert": sslCertKind(clusters),
  };
}
