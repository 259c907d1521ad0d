// What stands, what is missing, and the calls that make it: the same questions at every run, so that a cut-off run goes on.
import { z } from "zod";
import { UsageError } from "../command.ts";
import {
  askedServices,
  bucketBody,
  DEPLOYER_ID,
  deployerEmail,
  keyBody,
  keyName,
  keyRing,
  stateBucket,
  type StackPlace,
} from "./foundation.ts";
import type { Call, GoogleApi } from "./google-api.ts";
import { grantChanges } from "./grants.ts";

/** One thing that is missing. */
export interface Change {
  /** As a sentence's end: "make bucket p-pulumi-dev". */
  readonly what: string;
  /** The calls, as a dry run prints them. */
  readonly calls: readonly Call[];
  readonly apply: (api: GoogleApi) => Promise<void>;
}

export interface PlanArgs {
  /** Project that keeps state, keys and the first deployer. */
  readonly home: string;
  readonly places: readonly StackPlace[];
  /** Services that must be enabled in the home project. */
  readonly services: readonly string[];
  /** Who may act as the first deployer, as user:somebody@example.org; "" for nobody. */
  readonly operator: string;
  /** Links this account where the project has none; "" for none. */
  readonly billingAccount: string;
  readonly now: Date;
}

const projectAnswer = z.object({ projectId: z.string(), state: z.string(), name: z.string() });
const billingAnswer = z.object({ billingEnabled: z.boolean().default(false) });
const servicesAnswer = z.object({ services: z.array(z.object({ name: z.string(), state: z.string() })).default([]) });
const bucketAnswer = z.object({
  versioning: z.object({ enabled: z.boolean() }).optional(),
  iamConfiguration: z
    .object({
      uniformBucketLevelAccess: z.object({ enabled: z.boolean() }).partial().optional(),
      publicAccessPrevention: z.string().optional(),
    })
    .optional(),
});

export interface Plan {
  readonly changes: readonly Change[];
  /** False where services have to be enabled before anything else can be asked. */
  readonly complete: boolean;
}

/** Everything that is missing, in the order in which it can be made. Raises UsageError where only a person can go on. */
export async function planned(api: GoogleApi, args: PlanArgs): Promise<Plan> {
  const disabled = await disabledServices(api, args);
  const unanswering = askedServices.filter((service) => disabled.includes(service));
  if (unanswering.length > 0) return { changes: enablingChanges(args, unanswering), complete: false };
  for (const id of new Set([args.home, ...args.places.map(({ project }) => project)])) await checkProject(api, id);
  // A disabled API refuses to answer, and nothing of it can be there yet.
  const has = (service: string): boolean => !disabled.includes(`${service}.googleapis.com`);
  const ask: Ask = async (service, url) => (has(service) ? await api.read(url) : undefined);
  const changes = [
    ...(await billingChange(api, args)),
    ...enablingChanges(args, disabled),
    ...(await Promise.all(args.places.map((place) => bucketChanges(args, place, ask)))).flat(),
    ...(await keyChanges(args, ask)),
    ...(await accountChanges(args, ask)),
    ...(await grantChanges(api, has, args, await presentAccounts(args, ask))),
  ];
  return { changes, complete: true };
}

type Ask = (service: string, url: string) => Promise<unknown>;

function simple(what: string, call: Call): Change {
  return {
    what,
    calls: [call],
    apply: async (api) => {
      await api.change(call);
    },
  };
}

async function checkProject(api: GoogleApi, id: string): Promise<void> {
  const answer = await api.read(`cloudresourcemanager.googleapis.com/v3/projects/${id}`);
  const project = answer === undefined ? undefined : projectAnswer.parse(answer);
  if (project?.state === "ACTIVE") return;
  throw new UsageError(
    `project "${id}": is not there or not active (${project?.state ?? "not found"}); expected an active project that you own. ` +
      `Make it with "gcloud projects create ${id}", or name yours as gcp:project in the stack's file.`,
  );
}

async function billingChange(api: GoogleApi, { home, billingAccount }: PlanArgs): Promise<Change[]> {
  const url = `cloudbilling.googleapis.com/v1/projects/${home}/billingInfo`;
  if (billingAnswer.parse((await api.read(url)) ?? {}).billingEnabled) return [];
  if (billingAccount === "") {
    throw new UsageError(
      `project "${home}": has no billing account; expected one, for Cloud SQL and Cloud KMS are not free. ` +
        'Give it with --billing-account 012345-6789AB-CDEF01 ("gcloud billing accounts list" shows yours).',
    );
  }
  const body = { billingAccountName: `billingAccounts/${billingAccount}` };
  return [simple(`link billing account ${billingAccount}`, { method: "PUT", url, body })];
}

async function disabledServices(api: GoogleApi, { home, services }: PlanArgs): Promise<string[]> {
  const names = services.map((service) => `names=projects/${home}/services/${service}`).join("&");
  const answer = await api.read(`serviceusage.googleapis.com/v1/projects/${home}/services:batchGet?${names}`);
  const enabled = servicesAnswer.parse(answer ?? {}).services.filter(({ state }) => state === "ENABLED");
  const known = new Set(enabled.map(({ name }) => name.split("/").at(-1)));
  return services.filter((service) => !known.has(service));
}

function enablingChanges({ home }: PlanArgs, disabled: readonly string[]): Change[] {
  if (disabled.length === 0) return [];
  const service = "serviceusage.googleapis.com";
  // Twenty at the most are enabled together.
  const parts = Array.from({ length: Math.ceil(disabled.length / 20) }, (_, part) =>
    disabled.slice(part * 20, part * 20 + 20),
  );
  return parts.map((serviceIds): Change => {
    const url = `${service}/v1/projects/${home}/services:batchEnable`;
    const call: Call = { method: "POST", url, body: { serviceIds } };
    return {
      what: `enable ${serviceIds.join(", ")}`,
      calls: [call],
      apply: async (api) => await api.changeAndWait(call, service),
    };
  });
}

async function bucketChanges({ home }: PlanArgs, place: StackPlace, ask: Ask): Promise<Change[]> {
  const name = stateBucket(home, place);
  const storage = "storage.googleapis.com/storage/v1/b";
  const body = bucketBody(home, place);
  const answer = await ask("storage", `${storage}/${name}`);
  if (answer === undefined) {
    return [
      simple(`make bucket ${name} for the state of ${place.stack}`, {
        method: "POST",
        url: `${storage}?project=${home}`,
        body,
      }),
    ];
  }
  const { versioning, iamConfiguration } = bucketAnswer.parse(answer);
  const closed =
    iamConfiguration?.publicAccessPrevention === "enforced" && iamConfiguration.uniformBucketLevelAccess?.enabled;
  if (versioning?.enabled === true && closed === true) return [];
  const repaired = { versioning: body["versioning"], iamConfiguration: body["iamConfiguration"] };
  return [
    simple(`close bucket ${name} and keep its versions`, {
      method: "PATCH",
      url: `${storage}/${name}`,
      body: repaired,
    }),
  ];
}

/** Those of the workflows' accounts that there are: Google refuses grants to others. */
async function presentAccounts({ places }: PlanArgs, ask: Ask): Promise<Set<string>> {
  const all = places.flatMap(({ project, accounts }) =>
    Object.values(accounts).map((email) => ({
      email,
      url: `iam.googleapis.com/v1/projects/${project}/serviceAccounts/${email}`,
    })),
  );
  const answers = await Promise.all(all.map(async ({ url }) => await ask("iam", url)));
  return new Set(all.filter((_, index) => answers[index] !== undefined).map(({ email }) => email));
}

async function keyChanges({ home, places, now }: PlanArgs, ask: Ask): Promise<Change[]> {
  const kms = "cloudkms.googleapis.com/v1";
  const changes: Change[] = [];
  for (const region of new Set(places.map((place) => place.region))) {
    const { parent, id } = keyRing(home, region);
    if ((await ask("cloudkms", `${kms}/${parent}/keyRings/${id}`)) !== undefined) continue;
    const call: Call = { method: "POST", url: `${kms}/${parent}/keyRings?keyRingId=${id}`, body: {} };
    changes.push(simple(`make key ring ${id} in ${region}, which can never be deleted`, call));
  }
  for (const place of places) {
    const name = keyName(home, place);
    if ((await ask("cloudkms", `${kms}/${name}`)) !== undefined) continue;
    const [parent = "", id = ""] = name.split("/cryptoKeys/");
    const url = `${kms}/${parent}/cryptoKeys?cryptoKeyId=${id}`;
    changes.push(
      simple(`make key ${id} for the secrets of ${place.stack}`, { method: "POST", url, body: keyBody(now) }),
    );
  }
  return changes;
}

async function accountChanges({ home }: PlanArgs, ask: Ask): Promise<Change[]> {
  const accounts = `iam.googleapis.com/v1/projects/${home}/serviceAccounts`;
  if ((await ask("iam", `${accounts}/${deployerEmail(home)}`)) !== undefined) return [];
  const body = { accountId: DEPLOYER_ID, serviceAccount: { displayName: "Music library: first deployer" } };
  return [simple(`make account ${deployerEmail(home)}, the first deployer`, { method: "POST", url: accounts, body })];
}
