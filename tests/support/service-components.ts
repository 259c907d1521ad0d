// The pooler beside the application, with arguments that tests change one at a time.
import { LoginPassword } from "../../components/login-password.ts";
import { PgbouncerSidecar } from "../../components/pgbouncer-sidecar.ts";
import type { PostgresInstanceArgs } from "../../components/postgres-instance.ts";
import { databaseWithAdministrator, labels, names } from "./database-components.ts";

export const member = "serviceAccount:service@music-project.iam.gserviceaccount.com";

/** Database and sidecar, as index.ts puts them together. */
export function sidecar(
  overrides: Partial<PostgresInstanceArgs> = {},
  activeLogin = "music_library_user",
): PgbouncerSidecar {
  const inside = databaseWithAdministrator(overrides);
  return new PgbouncerSidecar("pooler", {
    ...inside,
    serverLogin: new LoginPassword("active", { login: activeLogin, secretId: "active-password", labels }),
    clientLogin: "music_library",
    statsLogin: "music_library_stats",
    poolerImage: "example.org/pgbouncer:1.25.2",
    poolerPort: 6432,
    budget: { poolSize: 7, reservePoolSize: 1, maxDbConnections: 8 },
    serviceConcurrency: 80,
    reader: member,
    names,
    labels,
  });
}
