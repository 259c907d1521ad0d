// Rows on the bucket: its rules as the storage interface shows them, and the world's exclusion.
import type { BucketRule } from "./bucket-lifecycle.ts";
import { apiAddress, type VerifyContext } from "./context.ts";
import { expectThat, type Row, row } from "./report.ts";

/** The part of the storage interface's bucket that is looked at. */
interface Bucket {
  readonly lifecycle?: { readonly rule?: readonly BucketRule[] };
  readonly softDeletePolicy?: { readonly retentionDurationSeconds?: string | number };
  readonly versioning?: { readonly enabled?: boolean };
  readonly cors?: readonly { readonly responseHeader?: readonly string[]; readonly method?: readonly string[] }[];
  readonly iamConfiguration?: {
    readonly publicAccessPrevention?: string;
    readonly uniformBucketLevelAccess?: { readonly enabled?: boolean };
  };
}

export async function bucketRows(context: VerifyContext): Promise<Row[]> {
  const { contract } = context;
  const address = apiAddress("https://storage.googleapis.com", contract.endpoints.storage);
  const bucket = context.get<Bucket>(`${address}/storage/v1/b/${contract.bucket.name}?projection=full`);
  bucket.catch(() => undefined);
  return [
    await row("lifecycle rules are applied", async (measured) => {
      const { prefixes } = contract.bucket;
      measured.lifecycle = { rules: (await bucket).lifecycle?.rule ?? [], prefixes };
      return await lifecycleFigure(await bucket, prefixes.temp);
    }),
    ...(contract.endpoints.storage === ""
      ? []
      : [await row("lifecycle rules have their effect", () => effectFigure(context))]),
    await row("the bucket is private and undeletes", async () => privacyFigure(await bucket)),
    await row("browsers may stream and upload (CORS)", async () => corsFigure(await bucket)),
    await row("strangers are refused", () => strangerFigure(address, contract.bucket.name)),
  ];
}

function lifecycleFigure(bucket: Bucket, temp: string): Promise<string> {
  const rules = bucket.lifecycle?.rule ?? [];
  const matchesTemp = ({ condition }: BucketRule): boolean => condition.matchesPrefix?.includes(temp) === true;
  const removes = rules.find(
    (rule) => rule.action.type === "Delete" && matchesTemp(rule) && rule.condition.age !== undefined,
  );
  expectThat(removes?.condition.age === 1, `no rule deletes ${temp} after one day`);
  const noncurrent = rules.some(
    ({ action, condition }) => action.type === "Delete" && condition.daysSinceNoncurrentTime !== undefined,
  );
  expectThat(noncurrent, "no rule removes noncurrent versions");
  expectThat(
    rules.some(({ action }) => action.type === "AbortIncompleteMultipartUpload"),
    "no rule aborts incomplete uploads",
  );
  expectThat(
    Number(bucket.softDeletePolicy?.retentionDurationSeconds ?? 604_800) === 0,
    "soft delete keeps billing deleted objects",
  );
  return Promise.resolve(`${rules.length} rules; ${temp} goes after 1 day, soft delete off`);
}

/** Where the local cloud answers: what the rules will do to an upload that nobody promotes, by the evaluator that runs them. */
async function effectFigure({ contract, get }: VerifyContext): Promise<string> {
  const object = `${contract.bucket.prefixes.temp}verify`;
  const url = `${contract.endpoints.management}/_local/lifecycle?bucket=${contract.bucket.name}&object=${encodeURIComponent(object)}`;
  const { timeline } = await get<{ timeline: { day: number; billedBytes: number }[] }>(url);
  const gone = timeline.find(({ billedBytes }) => billedBytes === 0);
  expectThat(
    gone !== undefined && gone.day <= 3,
    `an object in temp/ is still billed on day ${gone?.day ?? timeline.length}`,
  );
  return `an object in temp/ costs nothing from day ${gone?.day ?? 0}`;
}

function privacyFigure({ iamConfiguration, versioning }: Bucket): Promise<string> {
  expectThat(iamConfiguration?.publicAccessPrevention === "enforced", "public access prevention is not enforced");
  expectThat(iamConfiguration?.uniformBucketLevelAccess?.enabled === true, "uniform access is off");
  expectThat(versioning?.enabled === true, "versioning is off");
  return Promise.resolve("public access prevented, uniform access, versioning on");
}

function corsFigure({ cors = [] }: Bucket): Promise<string> {
  const headers = new Set(cors.flatMap(({ responseHeader = [] }) => responseHeader.map((name) => name.toLowerCase())));
  const methods = new Set(cors.flatMap(({ method = [] }) => method));
  const missing = ["range", "content-type"].filter((name) => !headers.has(name));
  expectThat(
    missing.length === 0 && methods.has("GET") && methods.has("PUT"),
    `CORS lacks ${missing.join(", ") || "GET or PUT"}`,
  );
  return Promise.resolve(`${[...methods].join(", ")} with ${headers.size} headers`);
}

async function strangerFigure(address: string, bucket: string): Promise<string> {
  const { status } = await fetch(`${address}/storage/v1/b/${bucket}/o`);
  expectThat(status === 401 || status === 403, `a stranger's list is answered with ${status}`);
  return `${status} without credentials`;
}
