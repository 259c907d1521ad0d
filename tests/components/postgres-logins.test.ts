import { beforeAll, describe, expect, it } from "@jest/globals";
import { databaseWithLogins } from "../support/database-components.ts";
import { generatedPassword } from "../support/mocked-outputs.ts";
import { type Recording, recordProgram, SECRET } from "../support/pulumi-mocks.ts";

let recording: Recording;
beforeAll(async () => {
  recording = await recordProgram(() => {
    const { logins } = databaseWithLogins({}, { protect: true });
    return { migrator: logins.descriptor("music_library_migrator") };
  });
});

const memberships = [
  ["music_library_migrator", "music_library_owner"],
  ["music_library_user", "music_library_readwrite"],
  ["music_library_user_b", "music_library_readwrite"],
  ["music_library_verifier", "music_library_readonly"],
] as const;

describe("PostgresLogins", () => {
  it.each(memberships)("makes %s with the rights of %s only", (login, role) => {
    const user = recording.find("User", `logins-${login}-user`);

    expect(user.inputs).toEqual({
      instance: "loist-music-library-db",
      name: login,
      type: "BUILT_IN",
      password: SECRET,
      databaseRoles: [role],
    });
    expect(user.revealed.password).toBe(generatedPassword(`logins-${login}-value`));
    expect(user).toMatchObject({ deletedWith: "instance-server", replaceWith: ["instance-server"], protect: true });
    expect(recording.find("GrantRole", `logins-${login}-membership`).inputs).toEqual({ role: login, grantRole: role });
  });

  it("keeps four different passwords in four secrets", () => {
    const stored = memberships.map(([login]) => recording.find("SecretVersion", `logins-${login}-version`));

    expect(new Set(stored.map(({ revealed }) => revealed.secretData)).size).toBe(4);
    expect(stored.map(({ inputs }) => inputs.secretData)).toEqual(Array(4).fill(SECRET));
    expect(stored.map(({ inputs }) => inputs.secret)).toEqual([
      "projects/music-project/secrets/loist-music-library-password-music-library-migrator",
      "projects/music-project/secrets/loist-music-library-password-music-library-user",
      "projects/music-project/secrets/loist-music-library-password-music-library-user-b",
      "projects/music-project/secrets/loist-music-library-password-music-library-verifier",
    ]);
  });

  it("never protects what a rotation replaces", () => {
    expect(recording.find("RandomPassword", "logins-music_library_user-value").protect).toBe(false);
    expect(recording.find("SecretVersion", "logins-music_library_user-version").protect).toBe(false);
    expect(recording.find("Secret", "logins-music_library_user-secret").protect).toBe(true);
  });

  it("sets the search path of all logins, as the administrator, once they exist", () => {
    const settings = recording.find("RoleSettings", "logins-settings");

    expect(settings.inputs).toMatchObject({
      connection: { user: "postgres", database: "music_library" },
      settings: Object.fromEntries(memberships.map(([login]) => [login, { search_path: "library, extensions" }])),
    });
    expect(settings.dependsOn).toEqual(expect.arrayContaining(memberships.map(([login]) => `logins-${login}-user`)));
  });

  it.each([
    ["resting", {}, [80, 0]],
    ["while a rotation is under way", { idleLoginEnabled: true }, [80, 80]],
    ["after the other one took over", { activeLogin: "music_library_user_b" }, [0, 80]],
  ])("gives each login its share of sessions, %s", async (_when, turns, [first, second]) => {
    const { find } = await recordProgram(() => void databaseWithLogins({}, {}, turns));

    expect(find("RoleSettings", "logins-settings").inputs.connectionLimits).toEqual({
      music_library_migrator: 5,
      music_library_user: first,
      music_library_user_b: second,
      music_library_verifier: 5,
    });
  });

  it("renews the logins' passwords in turn", async () => {
    const renewals = async (passwordRotations: number): Promise<unknown[]> => {
      const { find } = await recordProgram(() => void databaseWithLogins({}, {}, { passwordRotations }));
      return ["music_library_user", "music_library_user_b", "music_library_migrator"].map(
        (login) => find("RandomPassword", `logins-${login}-value`).inputs.keepers,
      );
    };

    expect(await renewals(0)).toEqual([undefined, undefined, undefined]);
    expect(await renewals(1)).toEqual([undefined, { renewal: "1" }, undefined]);
    expect(await renewals(4)).toEqual([{ renewal: "4" }, { renewal: "3" }, undefined]);
  });

  it("describes a login's way by the name of its secret", () => {
    expect(recording.outputs.migrator).toEqual({
      mode: "cloudSqlConnector",
      connectionName: "music-project:us-central1:loist-music-library-db",
      database: "music_library",
      user: "music_library_migrator",
      passwordSecret: "projects/music-project/secrets/loist-music-library-password-music-library-migrator",
      secretManagerEndpoint: "",
    });
  });

  it("names the logins that there are when asked for another", async () => {
    await expect(
      recordProgram(() => {
        databaseWithLogins().logins.descriptor("nobody");
      }),
    ).rejects.toThrow(
      'login "nobody": is not declared; expected one of music_library_migrator, music_library_user, music_library_user_b, music_library_verifier.',
    );
  });
});

describe("readers by Google identity", () => {
  const databaseReaders = [
    "user:Ana@music.example",
    "group:Team@music.example",
    "serviceAccount:report@music-project.iam.gserviceaccount.com",
  ];

  it("are logins without a password and with the rights of the role that only reads", async () => {
    const read = await recordProgram(() => void databaseWithLogins({ databaseReaders }));

    const users = read.ofType("gcp:sql/user:User").filter(({ parent }) => parent === "logins-readers");
    expect(users.map(({ inputs }) => inputs)).toEqual(
      [
        { name: "ana@music.example", type: "CLOUD_IAM_USER" },
        { name: "team@music.example", type: "CLOUD_IAM_GROUP" },
        { name: "report@music-project.iam", type: "CLOUD_IAM_SERVICE_ACCOUNT" },
      ].map((login) => ({
        ...login,
        instance: "loist-music-library-db",
        databaseRoles: ["music_library_readonly"],
      })),
    );
    expect(users.map(({ deletedWith }) => deletedWith)).toEqual(Array(3).fill("instance-server"));
    expect(read.find("GrantRole", `logins-readers-${databaseReaders[2]!}-membership`).inputs).toEqual({
      role: "report@music-project.iam",
      grantRole: "music_library_readonly",
    });
  });

  it("may log in to this one instance of the project and to no other", async () => {
    const read = await recordProgram(() => void databaseWithLogins({ databaseReaders }));

    const grants = read.ofType("gcp:projects/iAMMember:IAMMember").map(({ inputs }) => inputs);
    expect(grants.map(({ role, member }) => `${String(role)} ${String(member)}`)).toEqual(
      databaseReaders.flatMap((member) => [`roles/cloudsql.instanceUser ${member}`, `roles/cloudsql.client ${member}`]),
    );
    const expression =
      'resource.type == "sqladmin.googleapis.com/Instance" && resource.name == "projects/music-project/instances/loist-music-library-db"';
    expect(grants.map(({ condition }) => condition)).toEqual(Array(6).fill({ title: "this-instance", expression }));
  });

  it("do not exist where nobody is named", () => {
    expect(recording.ofType("DatabaseReaders")).toEqual([]);
  });
});
