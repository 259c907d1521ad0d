import { afterAll, beforeAll, describe, expect, it, jest } from "@jest/globals";
import type { Properties } from "../../local/store.ts";
import { serviceType } from "../../local/run/runner.ts";
import { answering, container, email, eventually, port, project, TestCloud, uriOf } from "./run-setup.ts";

const cloud = new TestCloud("run-service");
const open = { invokerIamDisabled: true };

beforeAll(() => cloud.start());
afterAll(() => cloud.remove());

/** What the two containers of the first test say of themselves. */
type Seen = Record<"seen" | "env", Record<string, string | number | undefined>> & Record<"cwd" | "email", string>;

async function ask(outputs: Properties, path = "/"): Promise<unknown> {
  // A connection kept from before a renewal would be a closed one.
  const response = await fetch(`${uriOf(outputs)}${path}`, { headers: { connection: "close" } });
  if (response.status !== 200) throw new Error(`${response.status} ${await response.text()}`);
  return await response.json();
}

describe("a service", () => {
  it("runs its containers in order, with their environment, files and identity", async () => {
    await cloud.secret("token", "from secret manager");
    await cloud.secret("config", "users = ../users/list.txt");
    await cloud.secret("users", "somebody");
    const sidecar = container(
      "sidecar",
      `import { readFileSync, statSync, writeFileSync } from "node:fs";
       import { createServer } from "node:net";
       const config = readFileSync("main.ini", "utf8");
       const list = config.split(" = ")[1];
       const seen = { config, users: readFileSync(list, "utf8"), mode: statSync("main.ini").mode & 0o777, cwd: process.cwd() };
       // Starts late: nobody who waits for it may be there before.
       setTimeout(() => {
         writeFileSync("../../shared/seen.json", JSON.stringify({ ...seen, uid: process.getuid(), port: process.env.PORT }));
         createServer((socket) => socket.end()).listen(Number(process.env.SIDE_PORT), "127.0.0.1");
       }, 400);
       process.on("SIGTERM", () => process.exit(0));`,
      {
        workingDir: "/etc/side/config",
        envs: [{ name: "SIDE_PORT", value: "16432" }],
        startupProbe: { tcpSocket: { port: 16_432 }, periodSeconds: 1, failureThreshold: 20 },
        volumeMounts: [
          { name: "config", mountPath: "/etc/side/config" },
          { name: "users", mountPath: "/etc/side/users" },
          { name: "shared", mountPath: "/etc/shared" },
        ],
      },
    );
    const application = container(
      "application",
      answering(
        "{ seen, env: process.env, cwd: process.cwd(), email: (await auth.getCredentials()).client_email }",
        `import { GoogleAuth } from "google-auth-library";
         import { readFileSync } from "node:fs";
         const auth = new GoogleAuth();
         const seen = JSON.parse(readFileSync(process.env.HOME + "/shared/seen.json", "utf8"));`,
      ),
      {
        ...port,
        dependsOns: ["sidecar"],
        envs: [
          { name: "PLAIN", value: "text" },
          { name: "TOKEN", valueSource: { secretKeyRef: { secret: "token", version: "1" } } },
        ],
        volumeMounts: [{ name: "shared", mountPath: "/shared" }],
        startupProbe: { httpGet: { path: "/" }, periodSeconds: 1, failureThreshold: 20 },
      },
    );
    const outputs = await cloud.deploy(
      "whole",
      {
        containers: [application, sidecar],
        volumes: [
          {
            name: "config",
            secret: { secret: "config", items: [{ path: "main.ini", version: "latest", mode: 0o400 }] },
          },
          {
            name: "users",
            secret: { secret: `projects/100000000001/secrets/users`, items: [{ path: "list.txt", version: "1" }] },
          },
          { name: "shared", emptyDir: { medium: "MEMORY" } },
        ],
      },
      open,
    );
    const { seen, env, cwd, email: account } = (await ask(outputs)) as Seen;
    expect(seen).toMatchObject({ config: "users = ../users/list.txt", users: "somebody", mode: 0o400 });
    expect(seen.cwd).toBe(`${cloud.folder}/run/whole/sidecar/etc/side/config`);
    expect(seen.port).toBeUndefined();
    if (process.getuid?.() === 0) expect(seen.uid).not.toBe(0);
    expect(env).toMatchObject({ PLAIN: "text", TOKEN: "from secret manager", K_SERVICE: "whole", HOST: "127.0.0.1" });
    expect(env.K_REVISION).toMatch(/^whole-00001-[a-z]{3}$/);
    expect(outputs["latestReadyRevision"]).toBe(
      `projects/${project}/locations/us-central1/services/whole/revisions/${String(env["K_REVISION"])}`,
    );
    // Nothing of this process's environment is inherited.
    expect(env.USER ?? env.JEST_WORKER_ID ?? env.GOOGLE_APPLICATION_CREDENTIALS).toBeUndefined();
    expect(cwd).toBe(process.cwd());
    expect(account).toBe(email);
  });

  it("has the outputs of the provider, and none of its secrets", async () => {
    const outputs = await cloud.deploy("outputs", { containers: [container("a", answering("1"), port)] }, open);
    expect(outputs).toMatchObject({
      uri: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
      urls: [outputs["uri"]],
      generation: "1",
      reconciling: false,
      terminalConditions: [{ type: "Ready", state: "CONDITION_SUCCEEDED" }],
      template: { maxInstanceRequestConcurrency: 80 },
    });
    const again = await cloud.deploy("outputs", { containers: [container("a", answering("2"), port)] }, open);
    expect(again).toMatchObject({ uri: outputs["uri"], uid: outputs["uid"], generation: "2" });
    expect(await ask(again)).toBe(2);
  });

  it("keeps its containers when nothing about them changes", async () => {
    const template = { containers: [container("a", answering("process.pid"), port)] };
    const pid: unknown = await ask(await cloud.deploy("unchanged", template, open));
    const outputs = await cloud.deploy("unchanged", template, { ...open, labels: { team: "music" } });
    expect(await ask(outputs)).toBe(pid);
    expect(outputs["effectiveLabels"]).toMatchObject({ team: "music" });
  });

  it("is gone with its processes and files after its deletion, and not before its protection is lifted", async () => {
    const template = { containers: [container("a", answering("1"), port)] };
    const outputs = await cloud.deploy("passing", template, { ...open, deletionProtection: true });
    const id = `projects/${project}/locations/us-central1/services/passing`;
    await expect(cloud.delete(serviceType, id)).rejects.toThrow("deletionProtection true");
    await cloud.deploy("passing", template, { ...open, deletionProtection: false });
    await cloud.delete(serviceType, id);
    expect(cloud.pid("passing", "a")).toBeUndefined();
    await expect(fetch(uriOf(outputs))).rejects.toThrow();
  });
});

describe("a revision that does not come up", () => {
  it("fails with the end of its log when its program ends, and leaves nothing running", async () => {
    const failing = container("broken", 'console.error("the words of the program"); process.exit(3);', port);
    await expect(cloud.deploy("failing", { containers: [failing] }, open)).rejects.toThrow(
      /Revision 'failing-00001-[a-z]{3}' is not ready.*exited before it passed its startup probe[^]*the words of the program/,
    );
    expect(cloud.pid("failing", "broken")).toBeUndefined();
  });

  it("fails when its program does not exist", async () => {
    const missing = { ...container("missing", "", port), commands: ["no-such-program"], args: [] };
    await expect(cloud.deploy("absent", { containers: [missing] }, open)).rejects.toThrow("no-such-program");
  });

  it("gives way to the one before it", async () => {
    const good = { containers: [container("a", answering('"good"'), port)] };
    await cloud.deploy("update", good, open);
    const probe = { tcpSocket: {}, periodSeconds: 1, failureThreshold: 1 };
    const deaf = container("a", "setInterval(() => undefined, 1000);", { ...port, startupProbe: probe });
    await expect(cloud.deploy("update", { containers: [deaf] }, open)).rejects.toThrow(
      /failed the configured startup probe checks \(TCP 127\.0\.0\.1:\d+ did not pass within 1 s\)/,
    );
    const stored = cloud.store.get(serviceType, `projects/${project}/locations/us-central1/services/update`)!;
    expect(await ask(stored.outputs)).toBe("good");
  });

  it("fails in Cloud Run's words where its account may not read a secret, or the version is not there", async () => {
    const type = "gcp:secretmanager/secret:Secret";
    await cloud.declare(type, { secretId: "closed", replication: { auto: {} } });
    const from = (secret: string): Properties => ({
      ...port,
      envs: [{ name: "VALUE", valueSource: { secretKeyRef: { secret, version: "latest" } } }],
    });
    const deploy = (secret: string): Promise<unknown> =>
      cloud.deploy("reader", { containers: [container("a", answering("1"), from(secret))] }, open);
    await expect(deploy("closed")).rejects.toThrow(
      `Permission denied on secret: projects/100000000001/secrets/closed/versions/latest for Revision service account ${email}`,
    );
    await cloud.declare("gcp:secretmanager/secretIamMember:SecretIamMember", {
      secretId: "closed",
      role: "roles/secretmanager.secretAccessor",
      member: `serviceAccount:${email}`,
    });
    await expect(deploy("closed")).rejects.toThrow("not found or has no versions");
  });

  it("is refused by name where the local cloud has not what it needs", async () => {
    const volumes = [{ name: "cloudsql", cloudSqlInstance: { instances: ["p:r:i"] } }];
    const gpu = { ...container("a", "", port), resources: { limits: { "nvidia.com/gpu": "1" } } };
    await expect(cloud.deploy("foreign", { containers: [gpu], volumes }, open)).rejects.toThrow(
      'volume "cloudsql" of kind cloudSqlInstance (this stack uses connectionMode direct); a GPU for container "a"',
    );
    const other = { serviceAccount: "nobody@else.iam.gserviceaccount.com", containers: [container("a", "", port)] };
    await expect(cloud.deploy("foreign", other, open)).rejects.toThrow("its service account does not exist");
  });
});

describe("supervision", () => {
  // It says in the local cloud's log what it does.
  const log = jest.spyOn(console, "error").mockImplementation(() => undefined);
  afterAll(() => log.mockRestore());

  it("replaces an instance whose container was killed", async () => {
    const outputs = await cloud.deploy(
      "killed",
      { containers: [container("a", answering("process.pid"), port)] },
      open,
    );
    const pid = (await ask(outputs)) as number;
    process.kill(pid, "SIGKILL");
    await eventually(() => (cloud.pid("killed", "a") === undefined ? true : undefined));
    // The request waits for the new instance.
    expect(await ask(outputs)).not.toBe(pid);
  });

  it("replaces an instance that fails its liveness probe", async () => {
    const program = answering(
      "process.pid",
      `let asked = 0;
       import { Server } from "node:http";
       const emit = Server.prototype.emit;
       Server.prototype.emit = function (name, request, response) {
         if (name !== "request" || request.url !== "/live") return emit.apply(this, arguments);
         asked += 1;
         response.writeHead(asked > 1 ? 500 : 200).end();
       };`,
    );
    const livenessProbe = { httpGet: { path: "/live" }, periodSeconds: 1, failureThreshold: 2 };
    const outputs = await cloud.deploy(
      "sick",
      { containers: [container("a", program, { ...port, livenessProbe })] },
      open,
    );
    const pid: unknown = await ask(outputs);
    await eventually(async () => ((await ask(outputs)) === pid ? undefined : true));
  });

  it("lets requests in once the readiness probe passes, and keeps them out when it fails", async () => {
    const program = answering(
      "(request.url === '/spoil' ? (ready = false) : 0, request.url)",
      `let ready = false;
       setTimeout(() => (ready = true), 700);
       import { Server } from "node:http";
       const emit = Server.prototype.emit;
       Server.prototype.emit = function (name, request, response) {
         if (name !== "request" || request.url !== "/ready") return emit.apply(this, arguments);
         response.writeHead(ready ? 200 : 503).end();
       };`,
    );
    const readinessProbe = { httpGet: { path: "/ready" }, periodSeconds: 1, failureThreshold: 1, successThreshold: 1 };
    const begun = Date.now();
    const more = { ...port, readinessProbe };
    const outputs = await cloud.deploy("gated", { containers: [container("a", program, more)] }, open);
    expect(await ask(outputs, "/first")).toBe("/first");
    expect(Date.now() - begun).toBeGreaterThan(700);
    await ask(outputs, "/spoil");
    await new Promise((resolve) => setTimeout(resolve, 1500));
    const late = AbortSignal.timeout(1000);
    await expect(fetch(uriOf(outputs), { signal: late })).rejects.toThrow("timeout");
  });

  it("takes up running containers after a renewal of the local cloud, and starts what is missing", async () => {
    const one = await cloud.deploy("kept", { containers: [container("a", answering("process.pid"), port)] }, open);
    const two = await cloud.deploy("lost", { containers: [container("a", answering("process.pid"), port)] }, open);
    const [kept, lost] = [(await ask(one)) as number, (await ask(two)) as number];
    await cloud.runner.stop();
    process.kill(lost, "SIGKILL");
    await cloud.renewRunner();
    expect(await ask(one)).toBe(kept);
    expect(await ask(two)).not.toBe(lost);
    process.kill(kept, "SIGKILL");
    await eventually(() => (cloud.pid("kept", "a") === kept ? undefined : true));
    expect(await ask(one)).not.toBe(kept);
  });
});
