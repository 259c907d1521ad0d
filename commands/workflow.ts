// `npm run workflow -- STEP`: what the workflows of .github/workflows/ do beyond the commands that people use. Each step stands in
// a file of its own, so that tests run here what runs there.
import { runCommand, UsageError } from "./command.ts";

const steps: Readonly<Record<string, { summary: string; run: () => Promise<unknown> }>> = {
  "set-up": { summary: "sets this machine up for the local cloud", run: () => import("./workflow/set-up.ts") },
  commits: { summary: "checks the branch's name and its commits", run: () => import("./workflow/commits.ts") },
  comment: { summary: "writes the one comment of a pull request", run: () => import("./workflow/comment.ts") },
  issue: { summary: "opens, updates or closes one issue", run: () => import("./workflow/issue.ts") },
  "build-images": { summary: "builds and scans the images", run: () => import("./workflow/build-images.ts") },
  "push-images": { summary: "pushes the images, configures digests", run: () => import("./workflow/push-images.ts") },
  "keep-images": { summary: "configures the images that run", run: () => import("./workflow/keep-images.ts") },
  "last-deployment": { summary: "the run that deployed main last", run: () => import("./workflow/last-deployment.ts") },
  drift: { summary: "what a stack has that nobody declared", run: () => import("./workflow/drift.ts") },
  audit: { summary: "known vulnerabilities of packages and images", run: () => import("./workflow/audit.ts") },
};

const name = process.argv.slice(2).find((argument) => !argument.startsWith("-")) ?? "";
const step = Object.hasOwn(steps, name) ? steps[name] : undefined;
if (step === undefined) {
  await runCommand(
    {
      usage: "npm run workflow -- STEP [--help]",
      summary: "The steps of the workflows. Exit code 0 done, 1 failed.",
      options: Object.fromEntries(Object.entries(steps).map(([key, { summary }]) => [key, summary])),
    },
    {},
    () => {
      throw new UsageError(
        `workflow step "${name}": is not known; expected one of ${Object.keys(steps).join(", ")}. Choose one of them.`,
      );
    },
  );
} else await step.run();
