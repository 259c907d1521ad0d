import { beforeAll, describe, expect, it } from "@jest/globals";
import type { PgbouncerSidecar } from "../../components/pgbouncer-sidecar.ts";
import { generatedPassword } from "../support/mocked-outputs.ts";
import { type Recording, recordProgram, SECRET } from "../support/pulumi-mocks.ts";
import { member, sidecar } from "../support/service-components.ts";

let connector: Recording;
let direct: Recording;
beforeAll(async () => {
  const outputs = ({ container, volumes }: PgbouncerSidecar) => ({ container, volumes });
  connector = await recordProgram(() => outputs(sidecar()));
  direct = await recordProgram(() => outputs(sidecar({ connectionMode: "direct" }, "music_library_user_b")));
});

const ini = (recording: Recording): string =>
  String(recording.find("SecretVersion", "pooler-config-version").revealed.secretData);

describe("PgbouncerSidecar", () => {
  it("is a container with command, arguments, folder and both probes", () => {
    expect(connector.outputs.container).toEqual({
      name: "pgbouncer",
      image: "example.org/pgbouncer:1.25.2",
      commands: ["pgbouncer"],
      args: ["pgbouncer.ini"],
      workingDir: "/etc/pgbouncer/config",
      resources: { limits: { cpu: "1", memory: "256Mi" }, cpuIdle: false, startupCpuBoost: true },
      startupProbe: { tcpSocket: { port: 6432 }, periodSeconds: 1, timeoutSeconds: 1, failureThreshold: 30 },
      livenessProbe: { tcpSocket: { port: 6432 }, periodSeconds: 10, timeoutSeconds: 3, failureThreshold: 3 },
      volumeMounts: [
        { name: "pooler-config", mountPath: "/etc/pgbouncer/config" },
        { name: "pooler-users", mountPath: "/etc/pgbouncer/users" },
        { name: "cloudsql", mountPath: "/cloudsql" },
      ],
    });
  });

  it("mounts its files by version, and the instance's socket", () => {
    expect(connector.outputs.volumes).toEqual([
      {
        name: "pooler-config",
        secret: { secret: "loist-music-library-pooler-config", items: [{ path: "pgbouncer.ini", version: "1" }] },
      },
      {
        name: "pooler-users",
        secret: { secret: "loist-music-library-pooler-users", items: [{ path: "userlist.txt", version: "1" }] },
      },
      {
        name: "cloudsql",
        cloudSqlInstance: { instances: ["music-project:us-central1:loist-music-library-db"] },
      },
    ]);
  });

  it("goes to the server as the active login, through the socket, within its share of connections", () => {
    expect(ini(connector)).toContain(
      `\nmusic_library = host='/cloudsql/music-project:us-central1:loist-music-library-db' port='5432' ` +
        `dbname='music_library' user='music_library_user' password='${generatedPassword("active-value")}'`,
    );
    for (const line of ["default_pool_size = 7", "reserve_pool_size = 1", "max_db_connections = 8"]) {
      expect(ini(connector)).toContain(line);
    }
  });

  it("goes straight to the server with verified TLS and its own certificate when the way is direct", () => {
    expect(ini(direct)).toContain("host='203.0.113.7' port='5432' dbname='music_library' user='music_library_user_b'");
    expect(ini(direct)).toContain("server_tls_sslmode = verify-ca");
    const files = ["server-ca", "client-cert", "client-key"];
    expect(direct.outputs.volumes).toMatchObject([
      { name: "pooler-config" },
      { name: "pooler-users" },
      ...files.map((name) => ({
        name,
        secret: {
          secret: `loist-music-library-database-tls-${name}`,
          items: [{ path: `${name}.pem`, version: "1" }],
        },
      })),
    ]);
    const mounts = (direct.outputs.container as { volumeMounts: { mountPath: string }[] }).volumeMounts;
    expect(mounts.map(({ mountPath }) => mountPath)).toEqual([
      "/etc/pgbouncer/config",
      "/etc/pgbouncer/users",
      "/etc/pgbouncer/tls-server-ca",
      "/etc/pgbouncer/tls-client-cert",
      "/etc/pgbouncer/tls-client-key",
    ]);
    expect(direct.find("SecretVersion", "pooler-client-key-version").revealed.secretData).toBe("client key");
  });

  it("lets applications in under one fixed name, and statistics under another", () => {
    const users = connector.find("SecretVersion", "pooler-users-version").revealed.secretData;

    expect(users).toBe(
      `"music_library" "${generatedPassword("pooler-client-value")}"\n` +
        `"music_library_stats" "${generatedPassword("pooler-stats-value")}"\n`,
    );
  });

  it("stores everything that holds a password as a secret", () => {
    const stored = [...connector.ofType("SecretVersion"), ...direct.ofType("SecretVersion")];

    expect(stored.length).toBeGreaterThan(12);
    expect(new Set(stored.map(({ inputs }) => inputs.secretData))).toEqual(new Set([SECRET]));
  });

  it.each([
    ["connector", () => connector, ["pooler-client-reader", "pooler-config-reader", "pooler-users-reader"]],
    [
      "direct",
      () => direct,
      [
        "pooler-client-cert-reader",
        "pooler-client-key-reader",
        "pooler-client-reader",
        "pooler-config-reader",
        "pooler-server-ca-reader",
        "pooler-users-reader",
      ],
    ],
  ] as const)("lets the service read its own secrets and no others (%s)", (_mode, recording, readers) => {
    const grants = recording().ofType("SecretIamMember");

    expect(grants.map(({ name }) => name).sort()).toEqual(readers);
    for (const { inputs } of grants) {
      expect(inputs).toMatchObject({ role: "roles/secretmanager.secretAccessor", member });
    }
  });
});
