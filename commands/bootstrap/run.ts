// Looks, shows, asks, makes. Every run looks anew, so that it goes on where an earlier one stopped.
import { join } from "node:path";
import { UsageError } from "../command.ts";
import { deployerEmail, secretsProvider, stateBucket } from "./foundation.ts";
import type { GoogleApi } from "./google-api.ts";
import { type Change, type PlanArgs, planned } from "./plan.ts";
import { namesProvider, setProvider } from "./stack-file.ts";

export interface BootstrapArgs extends PlanArgs {
  readonly api: GoogleApi;
  /** Folder of the stacks' files. */
  readonly folder: string;
  readonly dryRun: boolean;
  readonly say: (line: string) => void;
  /** Asks whether to go on. */
  readonly confirm: (question: string) => Promise<boolean>;
}

/** Resolves with how many things were missing; false when somebody said no. Raises UsageError and GoogleApiError. */
export async function bootstrap(args: BootstrapArgs): Promise<number | false> {
  const { api, home, places, folder, dryRun, say, confirm } = args;
  const files = places.map((place) => ({
    stack: place.stack,
    path: join(folder, `Pulumi.${place.stack}.yaml`),
    provider: secretsProvider(home, place),
  }));
  // A stack that is encrypted otherwise is refused before anything is made.
  for (const { path, stack, provider } of files) namesProvider(path, stack, provider);
  let made = 0;
  for (let last = false; ;) {
    const { changes, complete } = await planned(api, args);
    const unset = complete ? files.filter((file) => !namesProvider(file.path, file.stack, file.provider)) : [];
    const missing = changes.length + unset.length;
    if (missing === 0) {
      say("Everything is there.");
      return made;
    }
    // What was refused silently, or changed by somebody else meanwhile, is seen here and not at the first update.
    if (last) {
      const left = [...changes.map(({ what }) => what), ...unset.map(({ path }) => path)];
      throw new UsageError(
        `project "${home}": still lacks what was made (${left.join("; ")}); expected nothing missing. Run the command again.`,
      );
    }
    show(changes, args);
    for (const { stack, provider } of unset) say(`- set the secrets provider of ${stack} to ${provider}`);
    if (!complete) say("What else is missing can only be asked once these are enabled.");
    if (dryRun) return missing;
    if (!(await confirm(`Make these ${missing} changes in project ${home}? Type "yes": `))) return false;
    for (const { what, apply } of changes) {
      say(what);
      await apply(api);
    }
    for (const { path, provider } of unset) setProvider(path, provider);
    made += missing;
    last = complete;
  }
}

function show(changes: readonly Change[], { dryRun, say }: BootstrapArgs): void {
  for (const { what, calls } of changes) {
    say(`- ${what}`);
    if (!dryRun) continue;
    for (const { method, url, body } of calls) say(`    ${method} https://${url} ${JSON.stringify(body ?? {})}`);
  }
}

/** What to do next, in the order in which it is done. */
export function nextSteps({ home, places, operator }: Pick<PlanArgs, "home" | "places" | "operator">): string[] {
  return [
    "",
    ...(operator === ""
      ? []
      : [
          "Act as the first deployer:",
          `  gcloud auth application-default login --impersonate-service-account=${deployerEmail(home)}`,
        ]),
    ...places.flatMap((place) => [
      `Stack ${place.stack} (repository variable ${place.stack.toUpperCase()}_BACKEND_URL = gs://${stateBucket(home, place)}):`,
      `  pulumi login gs://${stateBucket(home, place)}`,
      `  pulumi stack init ${place.stack} --secrets-provider "${secretsProvider(home, place)}"`,
      `  pulumi up --stack ${place.stack}`,
    ]),
  ];
}
