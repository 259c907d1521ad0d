// What holds for every workflow: linted, pinned, with the least rights, and no way for a fork to a credential.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { parse } from "yaml";
import { projectRoot } from "../../local/paths.ts";
import { actionlint } from "../support/actionlint.ts";
import { allSteps, type Job, setUpAction, workflow, workflowFiles, workflowText } from "../support/workflows.ts";

const manifest = JSON.parse(readFileSync(join(projectRoot, "package.json"), "utf8")) as {
  scripts: Record<string, string>;
  devDependencies: Record<string, string>;
};
const jobs = workflowFiles.flatMap((file) =>
  Object.entries(workflow(file).jobs).map(([name, job]): [string, Job] => [`${file} ${name}`, job]),
);
const uses = [...allSteps().map(({ step }) => step.uses), ...jobs.map(([, job]) => job.uses)].filter(
  (name) => name !== undefined,
);
const ownBranch = "github.event.pull_request.head.repo.full_name == github.repository";
const readsOnly = { contents: "read" };

it("are accepted by actionlint", async () => {
  const found = await actionlint();
  if ("reason" in found) {
    process.stderr.write(`skipped: ${found.reason}\n`);
    return;
  }
  const { status, stdout } = spawnSync(found.program, ["-oneline"], { cwd: projectRoot, encoding: "utf8" });
  expect(stdout).toBe("");
  expect(status).toBe(0);
}, 300_000);

describe.each(workflowFiles)("%s", (file) => {
  const { on, permissions, defaults } = workflow(file);

  it("gives its jobs no right that they do not name", () => {
    expect(permissions).toEqual({});
  });

  it("stops at the first command that fails, in a pipe too", () => {
    expect(defaults?.run.shell).toBe("bash");
  });

  it("never runs with the repository's rights for a fork", () => {
    expect(Object.keys(on)).not.toContain("pull_request_target");
    expect(Object.keys(on)).not.toContain("workflow_run");
  });

  it("knows no stored secret", () => {
    expect(workflowText(file)).not.toMatch(/secrets\.|secrets:|credentials_json|PASSPHRASE/);
  });
});

describe("actions", () => {
  it("are pinned by commit, with their version beside it, or are the project's own", () => {
    expect(uses.length).toBeGreaterThan(20);
    const texts = [
      ...workflowFiles.map(workflowText),
      readFileSync(join(projectRoot, ".github/actions/set-up/action.yml"), "utf8"),
    ];
    for (const line of texts
      .join("\n")
      .split("\n")
      .filter((each) => /\buses:/.test(each))) {
      expect(line).toMatch(/uses: (\.\/\.github\/|[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$)/);
    }
  });

  it("are one commit each, everywhere", () => {
    const commits = new Map<string, Set<string>>();
    for (const [name = "", commit = ""] of uses.map((use) => use.split("@"))) {
      commits.set(name, (commits.get(name) ?? new Set()).add(commit));
    }
    expect([...commits].filter(([, versions]) => versions.size > 1)).toEqual([]);
  });

  it("leave no token behind in the checkout", () => {
    const checkouts = allSteps().filter(({ step }) => step.uses?.startsWith("actions/checkout@"));
    expect(checkouts.length).toBeGreaterThan(5);
    for (const { step } of checkouts) expect(step.with?.["persist-credentials"]).toBe(false);
  });
});

describe("steps", () => {
  const scripts = allSteps().flatMap(({ where, step }) => (step.run === undefined ? [] : [{ where, run: step.run }]));

  it("put no expression into a script: a branch's name would be a command", () => {
    expect(scripts.filter(({ run }) => run.includes("${{"))).toEqual([]);
  });

  it("run only commands that this project has", () => {
    const named = scripts.flatMap(({ run }) =>
      [...run.matchAll(/npm run (?:--silent )?([\w:-]+)/g)].map(([, name]) => name!),
    );
    expect(named.length).toBeGreaterThan(10);
    expect(named.filter((name) => manifest.scripts[name] === undefined)).toEqual([]);
    const files = scripts.flatMap(({ run }) =>
      [...run.matchAll(/(?:^|node )((?:\.ci|local)\/[\w./-]+)/gm)].map(([, file]) => file!),
    );
    expect(files).toEqual(expect.arrayContaining([".ci/run", "local/setup/packages.mjs"]));
    expect(files.filter((file) => !existsSync(join(projectRoot, file)))).toEqual([]);
  });

  it("use the pinned engine", () => {
    const step = setUpAction.runs.steps.find((each) => each.uses?.startsWith("pulumi/actions@"));
    expect(step?.with).toEqual({ "pulumi-version": manifest.devDependencies["pulumi"] });
  });
});

describe("jobs", () => {
  it.each(jobs)("%s ends by itself and names its rights", (_name, job) => {
    if (job.uses === undefined) expect(job["timeout-minutes"]).toBeLessThanOrEqual(180);
    expect(job.permissions).toMatchObject(readsOnly);
  });

  it.each(jobs)("%s may write at most one kind of thing, and never both writes and logs in to Google", (_name, job) => {
    const writes = Object.entries(job.permissions ?? {}).filter(([, right]) => right === "write");
    expect(writes.map(([what]) => what)).toHaveLength(writes.length > 0 ? 1 : 0);
    for (const [what] of writes) expect(["id-token", "issues", "pull-requests"]).toContain(what);
  });

  it.each(jobs.filter(([, { permissions }]) => permissions?.["id-token"] === "write"))(
    "%s logs in by federation, as an account that a variable of the repository names",
    (_name, job) => {
      const logins = (job.steps ?? []).filter(({ uses: action }) => action?.startsWith("google-github-actions/auth@"));
      if (job.uses === undefined) expect(logins).toHaveLength(1);
      for (const { with: inputs = {} } of logins) {
        expect(Object.keys(inputs).sort()).toEqual(["service_account", "workload_identity_provider"]);
        for (const value of Object.values(inputs)) expect(value).toMatch(/^\$\{\{ (vars|inputs|matrix)\.[\w-]+ \}\}$/);
      }
    },
  );

  it.each(jobs.filter(([, job]) => (job.steps ?? []).some(({ uses: action }) => action?.startsWith("google-github"))))(
    "%s may log in",
    (_name, job) => {
      expect(job.permissions?.["id-token"]).toBe("write");
    },
  );
});

describe("pull requests", () => {
  const { local, dev, prod, comment } = workflow("preview.yml").jobs;

  it("from forks get the report of the local cloud, without any right", () => {
    expect(local?.if).toBeUndefined();
    expect(local?.permissions).toEqual({ ...readsOnly, actions: "read" });
    for (const job of [dev, prod, comment]) expect(job?.if).toContain(ownBranch);
  });

  it("see prod only once they are labelled, and again when the label goes", () => {
    expect(prod?.if).toContain("contains(github.event.pull_request.labels.*.name, 'preview-prod')");
    expect(dev?.if).not.toContain("labels");
    expect(workflow("preview.yml").on["pull_request"]).toEqual({
      types: expect.arrayContaining(["labeled", "unlabeled", "synchronize"]),
    });
  });

  it("get their report where it says stop, or the preview failed", () => {
    for (const [file, job] of [
      ["preview.yml", "local"],
      ["preview-stack.yml", "preview"],
    ] as const) {
      const steps = workflow(file).jobs[job]?.steps ?? [];
      const report = steps.findIndex(({ run }) => run?.includes("preview-report"));
      expect(steps[report]?.run).toMatch(/\|\n\s*tee "\$RUNNER_TEMP\/report-.*>> "\$GITHUB_STEP_SUMMARY"/);
      expect(steps[report + 1]?.if).toBe("${{ !cancelled() }}");
    }
    const [preview] = (workflow("preview-stack.yml").jobs["preview"]?.steps ?? []).filter(
      ({ name }) => name === "Preview",
    );
    expect(preview).toMatchObject({ "continue-on-error": true });
  });

  it("have one preview under way for each stack, the newest", () => {
    expect(workflow("preview.yml").concurrency).toEqual({
      group: "preview-${{ github.event.pull_request.number }}",
      "cancel-in-progress": true,
    });
  });
});

describe("stacks", () => {
  it.each([
    ["deploy-stack.yml", "deploy", "stack-${{ inputs.stack }}"],
    ["drift.yml", "find", "drift-${{ matrix.stack }}"],
    ["backup-proof.yml", "prove", "backup-proof"],
  ])("are met by one job at a time, which is never cut off (%s)", (file, job, group) => {
    expect(workflow(file).jobs[job]?.concurrency).toEqual({ group, "cancel-in-progress": false });
  });

  it("are changed by nothing that could take a waiting deployment's place", () => {
    const groups = jobs.map(([, job]) => job.concurrency?.group).filter((group) => group?.startsWith("stack-"));
    expect(groups).toEqual(["stack-${{ inputs.stack }}"]);
  });

  it("are deployed dev first, prod behind the approval of its environment, from main only", () => {
    const { on, jobs: deploys } = workflow("deploy.yml");
    expect(on["push"]).toEqual({ branches: ["main"] });
    expect(deploys["prod"]?.needs).toContain("dev");
    expect(deploys["prod"]?.with?.["stack"]).toBe("prod");
    expect(workflow("deploy-stack.yml").jobs["deploy"]?.environment).toBe("${{ inputs.stack }}");
  });

  it("are verified after their update, and publish their contract", () => {
    const steps = workflow("deploy-stack.yml").jobs["deploy"]?.steps ?? [];
    const names = steps.map(({ name, uses: action }) => name ?? action?.split("@")[0]);
    expect(names.slice(names.indexOf("Push the images"))).toEqual([
      // The page of a verification is kept, above all of one that failed.
      ...["Push the images", "Update", "Verify", "actions/upload-artifact", "Contract and graph"],
      ...["actions/upload-artifact", "actions/upload-artifact"],
    ]);
  });
});

it("updates of packages, actions, images and tools are asked for every week", () => {
  const { updates } = parse(readFileSync(join(projectRoot, ".github/dependabot.yml"), "utf8")) as {
    updates: { "package-ecosystem": string; schedule: { interval: string } }[];
  };
  expect(updates.map((update) => update["package-ecosystem"]).sort()).toEqual([
    "docker",
    "github-actions",
    "gomod",
    "npm",
  ]);
  for (const { schedule } of updates) expect(schedule.interval).toBe("weekly");
});

describe("CONTRIBUTING.md", () => {
  const text = readFileSync(join(projectRoot, "CONTRIBUTING.md"), "utf8");

  it("tells of every workflow that something starts", () => {
    const started = workflowFiles.filter((file) => !("workflow_call" in workflow(file).on));
    for (const file of started) expect(text).toContain(`\`${file}\``);
  });

  it("tells of every variable that a workflow reads, and of no other", () => {
    const read = workflowFiles.flatMap((file) =>
      [...workflowText(file).matchAll(/vars\.(\w+)/g)].map(([, name]) => name!),
    );
    const told = [...text.matchAll(/`((?:DEV|PROD)_\w+)`/g)].map(([, name]) => name!);
    expect([...new Set(told)].sort()).toEqual([...new Set(read)].sort());
  });

  it("has the stages of the review that the template asks for", () => {
    const template = readFileSync(join(projectRoot, ".github/pull_request_template.md"), "utf8");
    const stages = [...template.matchAll(/- \[ \] \*\*(\w+)\*\*/g)].map(([, stage]) => stage!);
    expect(stages).toEqual(["Plan", "SQL", "Security", "Cost"]);
    for (const stage of stages) expect(text).toContain(`| ${stage} |`);
  });
});
