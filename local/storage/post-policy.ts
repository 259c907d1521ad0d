// Verification of a POST form's policy, as Google does it: https://cloud.google.com/storage/docs/authentication/signatures#policy-document
import { verify, type KeyObject } from "node:crypto";
import { type LengthRange } from "./content.ts";
import { parseJsonObject } from "./exchange.ts";
import { accessDenied, invalid, StorageError } from "./storage-error.ts";

/** What a form says before its file. */
export interface PostForm {
  readonly bucket: string;
  readonly fields: ReadonlyMap<string, string>;
}

/** Fields that no condition has to name. */
const free = new Set(["policy", "x-goog-signature", "file"]);

/** The service account that signed the form's policy; throws Google's error where the signature or a condition does not hold. */
export function verifyPostPolicy(
  form: PostForm,
  publicKeysOf: (email: string) => readonly KeyObject[] | undefined,
  now: number,
): string {
  const required = (name: string): string => {
    const value = form.fields.get(name);
    if (value === undefined) throw invalid(`Missing form field ${name}.`);
    return value;
  };
  const encoded = required("policy");
  if (required("x-goog-algorithm") !== "GOOG4-RSA-SHA256") throw invalid("x-goog-algorithm is not supported.");
  const email = required("x-goog-credential").split("/", 1)[0] ?? "";
  const signature = Buffer.from(required("x-goog-signature"), "hex");
  const keys = publicKeysOf(email) ?? [];
  if (!keys.some((key) => verify("RSA-SHA256", Buffer.from(encoded), key, signature))) throw mismatch(encoded);
  const policy = parseJsonObject(Buffer.from(encoded, "base64").toString("utf8"));
  const expiration = Date.parse(String(policy["expiration"]));
  if (Number.isNaN(expiration)) throw refused("Policy holds no expiration.");
  if (now > expiration) throw refused("Policy expired.");
  checkConditions(form, conditionsOf(policy));
  return email;
}

/** The range that a policy sets for its file; to be asked after the policy was verified. */
export function lengthRangeOfPolicy(fields: ReadonlyMap<string, string>): LengthRange | undefined {
  const policy = parseJsonObject(Buffer.from(fields.get("policy") ?? "", "base64").toString("utf8"));
  const range = conditionsOf(policy).find(
    (condition): condition is unknown[] => Array.isArray(condition) && condition[0] === "content-length-range",
  );
  return range === undefined ? undefined : { min: Number(range[1]), max: Number(range[2]) };
}

function conditionsOf(policy: Record<string, unknown>): unknown[] {
  const { conditions } = policy;
  if (!Array.isArray(conditions)) throw refused("Policy holds no conditions.");
  return conditions;
}

/** Every condition holds, and every field of the form is named by one. */
function checkConditions({ bucket, fields }: PostForm, conditions: readonly unknown[]): void {
  const named = new Set<string>();
  const valueOf = (field: string): string | undefined => (field === "bucket" ? bucket : fields.get(field));
  for (const condition of conditions) {
    const text = JSON.stringify(condition);
    if (Array.isArray(condition)) {
      const [kind, first, second] = condition as unknown[];
      if (kind === "content-length-range") continue;
      const field = String(first).replace(/^\$/, "").toLowerCase();
      const value = valueOf(field);
      const wanted = String(second);
      const holds = kind === "eq" ? value === wanted : kind === "starts-with" && value?.startsWith(wanted) === true;
      if (!holds) throw refused(`Policy condition failed: ${text}`);
      named.add(field);
    } else {
      for (const [field, wanted] of Object.entries(condition as Record<string, unknown>)) {
        if (valueOf(field.toLowerCase()) !== String(wanted)) throw refused(`Policy condition failed: ${text}`);
        named.add(field.toLowerCase());
      }
    }
  }
  for (const field of fields.keys()) {
    if (free.has(field) || named.has(field) || field.startsWith("x-ignore-")) continue;
    throw refused(`Policy did not reference these fields: ${field}`);
  }
}

function refused(details: string): StorageError {
  return new StorageError({
    status: 403,
    reason: "forbidden",
    code: "InvalidPolicyDocument",
    message: "The content of the form does not meet the conditions specified in the policy document.",
    details,
  });
}

function mismatch(policy: string): StorageError {
  const { failure } = accessDenied("The signature of the policy does not match.", undefined);
  return new StorageError({ ...failure, code: "SignatureDoesNotMatch", elements: { StringToSign: policy } });
}
