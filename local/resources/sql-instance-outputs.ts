// What Google answers for a DatabaseInstance: the inputs, its own defaults where nothing was said, and this machine's addresses.
import { createHash } from "node:crypto";
import type { Scope } from "../provider/kind.ts";
import { isObject } from "../provider/schema.ts";
import type { Properties, PropertyValue } from "../store.ts";
import { selfLink } from "./sql-names.ts";

const address = "127.0.0.1";
const projectNumber = "100000000001";

interface InstanceFacts {
  /** Of the settings; one more with every update. */
  readonly version: number;
  /** RFC 3339. */
  readonly createTime: string;
  /** As an item of `serverCaCerts`. */
  readonly serverAuthority: Properties;
}

export function instanceOutputs(inputs: Properties, scope: Scope, facts: InstanceFacts): Properties {
  const name = text(inputs["name"], "");
  const project = text(inputs["project"], scope.project);
  const region = text(inputs["region"], scope.region);
  const settings = settingsOutputs(object(inputs["settings"]), facts.version);
  const ip = object(settings["ipConfiguration"]);
  const isPrivate = (ip["privateNetwork"] ?? null) !== null;
  const isPublic = ip["ipv4Enabled"] !== false;
  return {
    deletionPolicy: "DELETE",
    instanceType: "CLOUD_SQL_INSTANCE",
    ...inputs,
    project,
    region,
    settings,
    connectionName: `${project}:${region}:${name}`,
    selfLink: selfLink(project, "instances", name),
    serviceAccountEmailAddress: `p${projectNumber}-${suffix(project, name)}@gcp-sa-cloud-sql.iam.gserviceaccount.com`,
    serverCaCerts: [facts.serverAuthority],
    firstIpAddress: address,
    publicIpAddress: isPublic ? address : "",
    privateIpAddress: isPrivate ? address : "",
    ipAddresses: [
      ...(isPublic ? [{ ipAddress: address, timeToRetire: "", type: "PRIMARY" }] : []),
      ...(isPrivate ? [{ ipAddress: address, timeToRetire: "", type: "PRIVATE" }] : []),
    ],
    dnsName: "",
    dnsNames: [],
    pscServiceAttachmentLink: "",
    replicaNames: [],
    availableMaintenanceVersions: [],
  };
}

function settingsOutputs(inputs: Properties, version: number): Properties {
  const backup = object(inputs["backupConfiguration"]);
  const availability = text(inputs["availabilityType"], "ZONAL");
  return {
    edition: "ENTERPRISE",
    diskSize: 10,
    diskType: "PD_SSD",
    connectorEnforcement: "NOT_REQUIRED",
    userLabels: {},
    ...inputs,
    version,
    effectiveAvailabilityType: availability,
    ipConfiguration: {
      ipv4Enabled: true,
      serverCaMode: "GOOGLE_MANAGED_INTERNAL_CA",
      sslMode: "ALLOW_UNENCRYPTED_AND_ENCRYPTED",
      ...object(inputs["ipConfiguration"]),
    },
    backupConfiguration: {
      enabled: false,
      backupTier: "STANDARD",
      startTime: "00:00",
      transactionLogRetentionDays: 7,
      ...backup,
      backupRetentionSettings: {
        retainedBackups: 7,
        retentionUnit: "COUNT",
        ...object(backup["backupRetentionSettings"]),
      },
    },
  };
}

/** Six characters, as Google has them; the same for the same instance. */
function suffix(project: string, name: string): string {
  return createHash("sha256").update(`${project}:${name}`).digest("hex").slice(0, 6);
}

function text(value: PropertyValue | undefined, otherwise: string): string {
  return typeof value === "string" && value !== "" ? value : otherwise;
}

function object(value: PropertyValue | undefined): Properties {
  return isObject(value) ? value : {};
}
