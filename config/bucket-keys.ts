import { corsHeaders, corsMethods } from "../components/cors-rule.ts";
import { fact, text, texts, wholeNumber } from "./key.ts";
import { extraLifecycleRules } from "./lifecycle-key.ts";

const days = { min: 0, max: 3650, unit: "days" };

/** Keys of the bucket, in the order in which files and tables list them. */
export const bucketKeys = {
  bucketLocation: text(/^[A-Za-z]+-[A-Za-z]+\d+$/, "the region of the instance, as us-central1", {
    default: "us-central1",
    description: "Region of the bucket: that of the instance. A change replaces the bucket.",
  }),
  bucketName: text(/^.*$/, 'a bucket name, or ""', {
    default: "",
    description: 'Name of the bucket; "" derives it from environment and nameSuffix. A change replaces the bucket.',
  }),
  corsOrigins: texts(/^(\*|https?:\/\/[a-z0-9.-]+(:\d{1,5})?)$/, "origins as https://music.example.org, or * alone", {
    default: ["*"],
    description:
      "Web origins whose pages may stream and upload. The signed URL is the permission, no cookie is: * gives nothing away that the URL does not.",
  }),
  corsMethods: texts(/^(GET|HEAD|PUT|POST)$/, "GET, HEAD, PUT, POST", {
    default: [...corsMethods],
    description: "What those pages may do. Without POST they upload by PUT alone, and no upload can be resumed.",
  }),
  corsHeaders: texts(/^[A-Za-z][A-Za-z0-9-]*$/, "names of headers", {
    default: [...corsHeaders],
    description:
      "What those pages may send and read; Google keeps one list for both. Set it to add headers of your own, as x-goog-meta-source.",
  }),
  corsMaxAgeSeconds: wholeNumber(
    { min: 0, max: 86_400, unit: "seconds" },
    {
      default: 3600,
      description: "How long a browser may remember the answer to a preflight request.",
    },
  ),
  noncurrentRetentionDays: wholeNumber(
    { ...days, min: 1 },
    {
      default: 30,
      description: "How long a deleted or overwritten object can be brought back; its bytes are billed meanwhile.",
    },
  ),
  tempRetentionDays: wholeNumber(
    { min: 1, max: 30, unit: "days" },
    {
      default: 1,
      description: "Age at which objects below temp/ are due for deletion.",
    },
  ),
  nearlineAfterDays: wholeNumber(days, {
    default: 30,
    description: "Age at which audio moves to NEARLINE; 0 for never.",
  }),
  coldlineAfterDays: wholeNumber(days, {
    default: 90,
    description: "Age at which audio moves to COLDLINE; 0 for never.",
  }),
  archiveAfterDays: wholeNumber(days, {
    default: 365,
    description: "Age at which audio moves to ARCHIVE; 0 for never.",
  }),
  extraLifecycleRules,
  autoclassEnabled: fact({
    default: false,
    description:
      "Leaves it to Google to move each object by how often it is read, for a fee for each object. Instead of the three ...AfterDays, which are 0 then.",
  }),
  uploadNotifications: fact({
    default: false,
    description: "A Pub/Sub topic that is told of every new object below audio/.",
  }),
  bucketAccessLogs: fact({
    default: false,
    description:
      "Hourly logs of every request, in a bucket of their own for 90 days. Made by Google at no charge, stored at the usual one.",
  }),
  bucketForceDestroy: fact({ default: false, description: "Deletes all objects and versions with the bucket." }),
};
