import { denyPeriodForm, windowForm } from "../components/maintenance.ts";
import { fact, oneOf, text, wholeNumber } from "./key.ts";

/** Keys of backups and of Google's maintenance, in the order in which files and tables list them. */
export const recoveryKeys = {
  retainedBackups: wholeNumber(
    { min: 1, max: 365, unit: "daily backups" },
    {
      default: 7,
      description: "Daily backups that are kept.",
    },
  ),
  backupStartTime: text(/^([01]\d|2[0-3]):[0-5]\d$/, "a time of day in UTC from 00:00 to 23:59", {
    default: "03:00",
    description: "Start of the four-hour window of the daily backup, in UTC.",
  }),
  pointInTimeRecoveryEnabled: fact({
    default: true,
    description:
      "Keeps transaction logs, so that any second of transactionLogRetentionDays can be restored. Turning it on restarts the instance.",
  }),
  transactionLogRetentionDays: wholeNumber(
    { min: 1, max: 35, unit: "days" },
    {
      default: 7,
      description: "Reach of point-in-time recovery: at most 7 days in ENTERPRISE, 35 in ENTERPRISE_PLUS.",
    },
  ),
  finalBackupRetentionDays: wholeNumber(
    { min: 0, max: 365, unit: "days" },
    {
      default: 30,
      description: "How long the backup is kept that Google takes when the instance is deleted; 0 takes none.",
    },
  ),
  maintenanceWindow: text(windowForm, "a day and a full hour in UTC, as sunday 04:00", {
    default: "sunday 04:00",
    description: "Hour in which Google may restart the instance for an update, once in a few months.",
  }),
  maintenanceTrack: oneOf(["canary", "stable", "week5"], {
    default: "stable",
    description: "Updates come one week (canary), two (stable) or five (week5) after they are announced.",
  }),
  maintenanceDenyPeriod: text(
    new RegExp(`^$|${denyPeriodForm.source}`),
    '"", or a first and a last day as 12-15/01-05 (every year) or 2026-12-15/2027-01-05, at most 90 days',
    {
      default: "",
      description: 'Days without maintenance; "" for none.',
    },
  ),
};
