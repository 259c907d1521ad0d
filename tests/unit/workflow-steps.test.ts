// The steps of the workflows run here as they stand there: the real scripts and commands, with GitHub, docker and the registry
// replaced. Those that meet a deployed stack run against the local one in tests/local/delivery.test.ts.
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { parse } from "yaml";
import { LocalPaths, projectRoot } from "../../local/paths.ts";
import { copyCheckout } from "../support/checkout.ts";
import { FakeGithub } from "../support/fake-github.ts";
import { FakeGoogle } from "../support/fake-google.ts";
import { FakePrograms } from "../support/fake-programs.ts";
import { runStep, type Step, stepOf } from "../support/workflows.ts";

const seconds = 1000;
const folder = mkdtempSync(join(new LocalPaths().folder("tests"), "steps-"));
/** A checkout like this one, which steps may write into. */
const checkout = join(folder, "checkout");
const temp = join(folder, "runner");
const github = new FakeGithub();
const google = new FakeGoogle();
const programs = new FakePrograms(join(folder, "programs"), ["docker"]);

const run = async (step: Step, env: NodeJS.ProcessEnv = {}) =>
  await runStep(
    step,
    { ...github.environment, PATH: programs.path, GOOGLE_CLOUD_PROJECT: "p", RUNNER_TEMP: temp, ...env },
    checkout,
  );
const configured = (key: string): string => {
  const file = parse(readFileSync(join(checkout, "Pulumi.dev.yaml"), "utf8")) as { config: Record<string, string> };
  return file.config[`music-library:${key}`] ?? "";
};

beforeAll(async () => {
  copyCheckout(checkout);
  mkdirSync(join(temp, "reports"), { recursive: true });
  await github.start();
  await google.start();
}, 60 * seconds);

afterAll(async () => {
  await github.stop();
  await google.stop();
  rmSync(folder, { recursive: true, force: true });
});

describe("the comment of a pull request", () => {
  const step = stepOf("preview.yml", "comment", "Write the comment");
  const write = (name: string, text: string): void => writeFileSync(join(temp, "reports", name), text);

  it("is written once, updated in place, and left alone when nothing changed", async () => {
    github.add(github.comments, "mallory", "<!-- music-library:preview -->\nAll is well, merge it.");
    for (let n = 0; n < 120; n++) github.add(github.comments, "reviewer", `Remark ${n}`);
    write("report-dev-local.md", "### dev\nof the local cloud");
    write("report-prod-local.md", "### prod\nof the local cloud");
    expect((await run(step, { PULL: "7" })).output).toContain("written");
    write("report-dev.md", "### dev\nof Google Cloud");
    expect((await run(step, { PULL: "7" })).output).toContain("updated");
    expect((await run(step, { PULL: "7" })).output).toContain("unchanged");

    expect(github.changes).toEqual(["POST /issues/7/comments", `PATCH /issues/comments/${github.comments.at(-1)!.id}`]);
    expect(github.comments[0]!.body).toContain("All is well");
    const body = github.comments.at(-1)!.body;
    expect(body).toContain("of Google Cloud");
    expect(body).toContain("### prod\nof the local cloud");
    expect(body).not.toContain("### dev\nof the local cloud");
  }, 30_000);

  it("is cut where GitHub would refuse it, with its blocks closed, and says when a report is missing", async () => {
    write("report-dev.md", `<details>\n\`\`\`\n${"a line of a long report\n".repeat(4000)}\`\`\`\n</details>`);
    rmSync(join(temp, "reports", "report-prod-local.md"));
    expect((await run(step, { PULL: "7" })).code).toBe(0);
    const body = github.comments.at(-1)!.body;
    expect(body.length).toBeLessThanOrEqual(65_536);
    expect(body).toMatch(/```\n<\/details>\n\n… cut/);
    write("report-dev.md", "short");
    await run(step, { PULL: "7" });
    expect(github.comments.at(-1)!.body).toContain("### prod\n\nNo report: its job failed");
  }, 30_000);

  it("fails with a sentence where the job has no right", async () => {
    const { code, output } = await run(step, { PULL: "7", GITHUB_TOKEN: "of-a-fork" });
    expect(code).toBe(1);
    expect(output).toContain("answered 401");
    expect(output).toContain("Check the permissions of the job.");
    expect(output).not.toContain("of-a-fork");
  });
});

describe("the last deployment", () => {
  const step = stepOf("preview.yml", "local", "Find the last deployment");

  it("is that of main, or none", async () => {
    const outputs = join(temp, "outputs");
    await run(step, { GITHUB_OUTPUT: outputs });
    github.deployments.push({ id: 42 }, { id: 41 });
    await run(step, { GITHUB_OUTPUT: outputs });
    expect(readFileSync(outputs, "utf8")).toBe("run=\nrun=42\n");
  }, 30_000);
});

describe("the issue of a subject", () => {
  const step = stepOf("drift.yml", "tell", "Open, update or close the issue");
  const file = join(temp, "drift-prod.md");

  it("is opened once, updated while it lasts, and closed when it is gone", async () => {
    github.changes.length = 0;
    github.add(github.issues, "mallory", "<!-- music-library:drift-prod -->\nmine");
    github.add(github.issues, "github-actions[bot]", "<!-- music-library:drift-prod -->\n", { pull_request: {} });
    for (const [text, done] of [
      ["", "nothing found, none open"],
      ["- one", "opened"],
      ["- two", "updated"],
      ["", "closed"],
    ] as const) {
      writeFileSync(file, text);
      expect((await run(step, { STACK: "prod" })).output).toContain(`issue drift-prod: ${done}`);
    }
    const number = github.issues.at(-1)!.number;
    expect(github.issues.at(-1)).toMatchObject({ title: "Drift of prod", state: "closed" });
    expect(github.changes).toEqual([
      "POST /issues",
      ...[`PATCH /issues/${number}`, `POST /issues/${number}/comments`, `PATCH /issues/${number}`],
    ]);
    expect(github.issues[0]).toMatchObject({ body: expect.stringContaining("mine"), state: "open" });
  }, 30_000);

  it("stays open when the step before it failed", async () => {
    rmSync(file);
    const { code, output } = await run(step, { STACK: "prod" });
    expect(code).toBe(1);
    expect(output).toContain("is no file");
  });
});

describe("commits of a pull request", () => {
  const step = stepOf("test.yml", "commits", "Check branch and commits");
  const git = (...args: string[]): string => {
    const identity = ["-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"];
    const { stdout, status } = spawnSync("git", [...identity, ...args], { cwd: checkout, encoding: "utf8" });
    expect(status).toBe(0);
    return stdout.trim();
  };

  it("pass as CONTRIBUTING.md has them, and are named when they are not", async () => {
    git("init", "--quiet");
    const commit = (message: string): string => {
      git("commit", "--quiet", "--allow-empty", "--message", message);
      return git("rev-parse", "HEAD");
    };
    const [base, good, bad] = [commit("chore: begin"), commit("feat(search): find albums"), commit("Fixed stuff.")];
    const passed = await run(step, { BASE: base, HEAD: good, BRANCH: "feat/album-search" });
    expect(passed).toMatchObject({ code: 0, output: expect.stringContaining("1 commits, 0 problems") });
    const failed = await run(step, { BASE: base, HEAD: bad, BRANCH: "$(touch hacked)" });
    expect(failed.code).toBe(1);
    expect(failed.output).toContain('branch "$(touch hacked)": has another form');
    expect(failed.output).toContain('commit "Fixed stuff.": has no conventional first line');
    expect((await run(step, { BASE: "--output=x", HEAD: bad, BRANCH: "feat/x" })).output).toContain("ambiguous");
  }, 30_000);
});

describe("images", () => {
  const clean = JSON.stringify({ Results: [{ Target: "debian", Vulnerabilities: null }] });
  const bad = JSON.stringify({
    Results: [
      {
        Vulnerabilities: [
          {
            VulnerabilityID: "CVE-2026-1",
            PkgName: "libssl3",
            InstalledVersion: "3.5.1",
            FixedVersion: "3.5.2",
            Severity: "HIGH",
          },
        ],
      },
    ],
  });
  const build = stepOf("deploy.yml", "images", "Build and scan");
  const push = stepOf("deploy-stack.yml", "deploy", "Push the images");
  const repository = "us-central1-docker.pkg.dev/loist-music-library-dev/loist-music-library-images";

  it("are built from the checkout, scanned by a scanner of one digest, and saved when nothing was found", async () => {
    programs.answer([{ when: "aquasec/trivy", stdout: clean }]);
    const { code, output } = await run(build);
    expect(output).toContain("no high finding");
    expect(code).toBe(0);
    expect(programs.calls.map((call) => call.split(" ").slice(0, 2).join(" "))).toEqual([
      ...["docker build", "docker run", "docker build", "docker run", "docker save"],
    ]);
    expect(programs.calls[0]).toContain("--file images/service.Dockerfile");
    expect(programs.calls[1]).toMatch(/trivy:[\d.]+@sha256:[0-9a-f]{64} image .*--severity HIGH,CRITICAL/);
    expect(programs.calls[4]).toContain(join(temp, "images.tar"));
  }, 30_000);

  it("with a high finding are never saved", async () => {
    programs.answer([{ when: "aquasec/trivy", stdout: bad }]);
    const { code, output } = await run(build);
    expect(code).toBe(1);
    expect(output).toContain("image service: libssl3 3.5.1: high CVE-2026-1, fixed in 3.5.2");
    expect(programs.calls.join("\n")).not.toContain("docker save");
  }, 30_000);

  it("are pushed to the declared repository and configured by digest, the token nowhere in an argument", async () => {
    const digest = (name: string): string =>
      `${repository}/${name}@sha256:${name === "service" ? "a".repeat(64) : "b".repeat(64)}`;
    programs.answer(
      ["service", "pgbouncer"].map((name) => ({
        when: `inspect --format {{json .RepoDigests}} ${repository}/${name}:`,
        stdout: JSON.stringify([`elsewhere/${name}@sha256:${"c".repeat(64)}`, digest(name)]),
      })),
    );
    const { code, output } = await run(push, { STACK: "dev", GITHUB_SHA: "0123abc" });
    expect({ code, output }).toMatchObject({ code: 0 });
    expect(configured("serviceImage")).toBe(digest("service"));
    expect(configured("poolerImage")).toBe(digest("pgbouncer"));
    const login = programs.calls.find((call) => call.startsWith("docker login"));
    expect(login).toBe(
      "docker login --username oauth2accesstoken --password-stdin us-central1-docker.pkg.dev < token-of-a-test",
    );
    expect(programs.calls.filter((call) => call.startsWith("docker push"))).toEqual([
      `docker push --quiet ${repository}/service:0123abc`,
      `docker push --quiet ${repository}/pgbouncer:0123abc`,
    ]);
    expect(programs.calls.at(-1)).toBe("docker logout us-central1-docker.pkg.dev");
    expect(output).not.toContain("token-of-a-test");
  }, 30_000);

  it("whose push fails leave the stack's file as it was, and nobody logged in", async () => {
    const before = configured("serviceImage");
    programs.answer([{ when: "docker push", code: 1 }]);
    const { code, output } = await run(push, { STACK: "dev", GITHUB_SHA: "0123abc" });
    expect(code).toBe(1);
    expect(output).toMatch(/docker push .* ended with 1/);
    expect(configured("serviceImage")).toBe(before);
    expect(programs.calls.at(-1)).toMatch(/^docker logout/);
  }, 30_000);

  it("that run stay configured in a preview, from the history of the stack", async () => {
    const state = join(folder, "state");
    mkdirSync(state);
    const env = {
      STACK: "dev",
      PULUMI_BACKEND_URL: `file://${state}`,
      PULUMI_CONFIG_PASSPHRASE: "of a test",
      PULUMI_SKIP_UPDATE_CHECK: "true",
    };
    const keep = stepOf("preview-stack.yml", "preview", "Keep the deployed images");
    const pulumi = join(projectRoot, "node_modules", ".bin", "pulumi");
    spawnSync(pulumi, ["stack", "init", "dev"], { cwd: checkout, env: { ...process.env, NODE_OPTIONS: "", ...env } });
    expect((await run(keep, env)).output).toContain("serviceImage: as Pulumi.dev.yaml has it");
    const history = join(state, ".pulumi", "history", "music-library", "dev");
    mkdirSync(history, { recursive: true });
    const update = (kind: string, image: string) =>
      JSON.stringify({ kind, startTime: 1, config: { "music-library:serviceImage": image }, result: "succeeded" });
    writeFileSync(join(history, "dev-1.history.json"), update("update", "example.org/first@sha256:1"));
    writeFileSync(join(history, "dev-2.history.json"), update("update", "example.org/second@sha256:2"));
    writeFileSync(join(history, "dev-3.history.json"), update("refresh", "example.org/third@sha256:3"));
    const { code, output } = await run(keep, env);
    expect({ code, output }).toMatchObject({ code: 0 });
    expect(configured("serviceImage")).toBe("example.org/second@sha256:2");
  }, 60_000);
});

it("an update is never made of the local stack, whoever asks", async () => {
  const { code, output } = await run(stepOf("deploy-stack.yml", "deploy", "Update"), { STACK: "local" });
  expect(code).toBe(1);
  expect(output).toContain("expected --stack dev or --stack prod");
}, 30_000);

describe("a stack without credentials", () => {
  it("keeps the images of its exported graph, and Google's hello page is none of them", async () => {
    const graph = join(temp, "graph.json");
    const keep = (image: string): Promise<{ output: string }> => {
      const containers = [
        { name: "application", image },
        { name: "pgbouncer", image: "example.org/pooler@sha256:9" },
      ];
      const service = { type: "gcp:cloudrunv2/service:Service", inputs: { template: { containers } } };
      writeFileSync(graph, JSON.stringify({ deployment: { resources: [{ type: "pulumi:pulumi:Stack" }, service] } }));
      const command = 'npm run --silent workflow -- keep-images --stack "$STACK" --graph "$GRAPH"';
      return run({ run: command }, { STACK: "dev", GRAPH: graph });
    };
    expect(stepOf("preview.yml", "local", "Report by the local cloud").run).toContain("keep-images --stack");
    const before = configured("serviceImage");
    await keep("us-docker.pkg.dev/cloudrun/container/hello");
    expect([configured("serviceImage"), configured("poolerImage")]).toEqual([before, "example.org/pooler@sha256:9"]);
    await keep("example.org/service@sha256:8");
    expect(configured("serviceImage")).toBe("example.org/service@sha256:8");
  }, 30_000);
});

describe("the audit", () => {
  const step = stepOf("dependencies.yml", "audit", "Audit packages and images");
  const vulnerable = {
    vulnerabilities: {
      "left-pad": {
        severity: "critical",
        range: "<1.3.1",
        via: [{ title: "Takes over", url: "https://example.org/a" }],
      },
      mild: { severity: "low", range: "*", via: [] },
    },
  };
  const output = join(temp, "audit.md");

  it("writes what is high or critical, and an empty file when there is nothing", async () => {
    const trivy = { when: "aquasec/trivy", stdout: '{"Results":null}' };
    programs.answer([{ when: "npm audit", stdout: JSON.stringify(vulnerable), code: 1 }, trivy]);
    expect(await run(step)).toMatchObject({ code: 0 });
    expect(readFileSync(output, "utf8")).toContain(
      "- package left-pad <1.3.1: critical: Takes over (https://example.org/a)",
    );
    expect(readFileSync(output, "utf8")).not.toContain("mild");
    programs.answer([{ when: "npm audit", stdout: '{"vulnerabilities":{}}' }, trivy]);
    expect(await run(step)).toMatchObject({ code: 0 });
    expect(readFileSync(output, "utf8")).toBe("");
  }, 30_000);

  it("fails where npm could not ask, instead of finding nothing", async () => {
    programs.answer([{ when: "npm audit", stdout: '{"error":{"code":"ENOLOCK"}}', code: 1 }]);
    expect(await run(step)).toMatchObject({ code: 1, output: expect.stringContaining("gave no report") });
  }, 30_000);
});
