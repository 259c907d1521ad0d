// Ids of what is only recorded: found again from the inputs alone, so that an interrupted create is taken up.
import { createHash } from "node:crypto";
import { projectNumber } from "../identity/project.ts";
import type { Properties } from "../store.ts";
import { textOf } from "./stored-state.ts";

/** Google numbers what has no name of its own; here the inputs do, so that an interrupted create is found again. */
export function numberOf(values: Properties): string {
  return (digestOf(values).readBigUInt64BE(0) % 10n ** 18n).toString().padStart(18, "1");
}

export function uuidOf(values: Properties): string {
  const hex = digestOf(values).toString("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join("-");
}

function digestOf(values: Properties): Buffer {
  return createHash("sha256").update(JSON.stringify(values)).digest();
}

/** The account of one of Google's services in this project. cloud.google.com/iam/docs/service-agents */
export function serviceAgent(service: string): string {
  const own: Readonly<Record<string, string>> = { "sqladmin.googleapis.com": "gcp-sa-cloud-sql" };
  const name = own[service] ?? `gcp-sa-${service.replace(/\.googleapis\.com$/, "")}`;
  return `service-${projectNumber}@${name}.iam.gserviceaccount.com`;
}

export function slug(text: string): string {
  return text.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-");
}

export function poolPath(values: Properties): string {
  return `locations/global/workloadIdentityPools/${textOf(values, "workloadIdentityPoolId").split("/").at(-1) ?? ""}`;
}

export function providerPath(values: Properties): string {
  return `${poolPath(values)}/providers/${textOf(values, "workloadIdentityPoolProviderId")}`;
}
