// The inputs of a DatabaseInstance in typed form: what the local cloud judges or acts on. Everything may be missing, because
// values that are not known yet have been taken out before a check.
import { z } from "zod";
import type { BackupPolicy } from "../postgres/backups.ts";
import type { ClusterDeclaration } from "../postgres/servers.ts";
import { sslModes } from "../postgres/server-settings.ts";
import { isObject } from "../provider/schema.ts";
import type { Scope } from "../provider/kind.ts";
import type { Properties, PropertyValue } from "../store.ts";

// The real provider takes numbers and booleans where its schema says string.
const text = z.union([z.string(), z.number().transform(String), z.boolean().transform(String)]).optional();
const whole = z.number().optional();
const flag = z.boolean().optional();

const settings = z.object({
  tier: text,
  edition: text,
  activationPolicy: text,
  availabilityType: text,
  connectorEnforcement: text,
  deletionProtectionEnabled: flag,
  diskAutoresize: flag,
  diskAutoresizeLimit: whole,
  diskSize: whole,
  diskType: text,
  pricingPlan: text,
  userLabels: z.record(z.string(), text).default({}),
  databaseFlags: z.array(z.object({ name: text, value: text })).default([]),
  backupConfiguration: z
    .object({
      enabled: flag,
      binaryLogEnabled: flag,
      pointInTimeRecoveryEnabled: flag,
      startTime: text,
      transactionLogRetentionDays: whole,
      backupRetentionSettings: z.object({ retainedBackups: whole, retentionUnit: text }).optional(),
    })
    .optional(),
  ipConfiguration: z
    .object({
      ipv4Enabled: flag,
      privateNetwork: text,
      sslMode: text,
      authorizedNetworks: z.array(z.object({ value: text })).default([]),
    })
    .optional(),
  insightsConfig: z
    .object({ queryInsightsEnabled: flag, queryPlansPerMinute: whole, queryStringLength: whole })
    .optional(),
  locationPreference: z.object({ zone: text, secondaryZone: text }).optional(),
  maintenanceWindow: z.object({ day: whole, hour: whole, updateTrack: text }).optional(),
  denyMaintenancePeriod: z.object({ startDate: text, endDate: text, time: text }).optional(),
  finalBackupConfig: z.object({ enabled: flag, retentionDays: whole }).optional(),
  passwordValidationPolicy: z
    .object({ enablePasswordPolicy: flag, minLength: whole, complexity: text, disallowUsernameSubstring: flag })
    .optional(),
  dataCacheConfig: z.object({ dataCacheEnabled: flag }).optional(),
  connectionPoolConfigs: z.array(z.object({ connectionPoolingEnabled: flag })).default([]),
  dataApiAccess: text,
});

const instance = z.object({
  name: text,
  project: text,
  region: text,
  databaseVersion: text,
  instanceType: text,
  masterInstanceName: text,
  nodeCount: whole,
  clone: z
    .object({
      sourceInstanceName: text,
      sourceProject: text,
      pointInTime: text,
      databaseNames: z.array(z.string()).optional(),
      sourceInstanceDeletionTime: text,
    })
    .optional(),
  encryptionKeyName: text,
  deletionPolicy: text,
  deletionProtection: flag,
  rootPassword: text,
  settings: settings.optional(),
});

export type InstanceDeclaration = z.infer<typeof instance>;
export type InstanceSettings = z.infer<typeof settings>;

export function instanceDeclaration(inputs: Properties): InstanceDeclaration {
  return instance.parse(withoutNulls(inputs));
}

/** What of the inputs the server itself must know. */
export function clusterDeclaration(inputs: Properties, scope: Scope): ClusterDeclaration {
  const declared = instanceDeclaration(inputs);
  const { ipConfiguration, databaseFlags = [], activationPolicy = "ALWAYS" } = declared.settings ?? {};
  return {
    name: declared.name ?? "",
    project: declared.project ?? scope.project,
    // What the API answers where nothing is said.
    sslMode: z.enum(sslModes).parse(ipConfiguration?.sslMode ?? "ALLOW_UNENCRYPTED_AND_ENCRYPTED"),
    flags: databaseFlags.map(({ name = "", value = "" }) => ({ name, value })),
    active: activationPolicy === "ALWAYS",
    archiving: backupPolicy(inputs).pointInTimeRecovery,
  };
}

/** Which backups are taken of an instance, and for how long they are kept; Google's own figures where nothing is said. */
export function backupPolicy(inputs: Properties): BackupPolicy {
  const backup = instanceDeclaration(inputs).settings?.backupConfiguration;
  const enabled = backup?.enabled === true;
  return {
    enabled,
    pointInTimeRecovery: enabled && backup.pointInTimeRecoveryEnabled === true,
    retained: backup?.backupRetentionSettings?.retainedBackups ?? 7,
    logDays: backup?.transactionLogRetentionDays ?? 7,
  };
}

function withoutNulls(value: PropertyValue): PropertyValue {
  if (Array.isArray(value)) return value.filter((item) => item !== null).map(withoutNulls);
  if (!isObject(value)) return value;
  const kept = Object.entries(value).filter(([, item]) => item !== null);
  return Object.fromEntries(kept.map(([name, item]) => [name, withoutNulls(item)]));
}
