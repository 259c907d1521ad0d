import { z } from "zod";
import { type BucketPart, bucketParts } from "../components/bucket-roles.ts";
import { type ConfigKey, fact, text, texts } from "./key.ts";

const memberPattern = /^(user|group|serviceAccount|domain):[^\s:]+$/;
const members = "user:, group:, serviceAccount: or domain: members";

const bucketMembers: ConfigKey<Partial<Record<BucketPart, string[]>>> = {
  schema: z.partialRecord(z.enum(bucketParts), z.array(z.string().regex(/^(group|serviceAccount):[^\s:]+@[^\s:]+$/))),
  default: {},
  accepted: `a map of ${bucketParts.join(", ")} to lists of group: or serviceAccount: members`,
  description:
    "Other parts of the application that work with the bucket, and groups that listen; each part has one role, the table in the README says which.",
};

/** Keys of who may do what, in the order in which files and tables list them. */
export const identityKeys = {
  operators: texts(memberPattern, members, {
    default: [],
    description:
      "People and accounts that may run verify: they reach the database as the login that only reads, and call the service in its own account's name. Name that account among invokers too.",
  }),
  developers: texts(memberPattern, members, {
    default: [],
    description: "Who may read logs, metrics and the state of database and service.",
  }),
  bucketMembers,
  kubernetesServiceAccounts: texts(/^[a-z0-9-]+\/[a-z0-9.-]+$/, "accounts as NAMESPACE/NAME", {
    default: [],
    description: "Kubernetes accounts of the project's clusters that may be the service's account (Workload Identity).",
  }),
  githubRepository: text(/^([A-Za-z0-9-]+\/[A-Za-z0-9._-]+)?$/, '"" or OWNER/NAME', {
    default: "",
    description:
      'Repository whose workflows deploy and preview without a key; "" for none. Its first update needs an owner of the project.',
  }),
  githubDeployFrom: text(
    /^(environment:[A-Za-z0-9._-]+|ref:refs\/heads\/[A-Za-z0-9._/-]+)?$/,
    '"", environment:NAME or ref:refs/heads/BRANCH',
    {
      default: "",
      description:
        'What a workflow must run for to deploy; "" for the GitHub environment that is named as this stack\'s environment. Pull requests and the branch main preview.',
    },
  ),
  serviceAccountKeyDates: texts(/^\d{4}-\d{2}-\d{2}$/, "days as 2026-01-31, oldest first, two at the most", {
    default: [],
    description:
      "Days on which key files of the service's account were made: none unless something runs where neither metadata server nor federation reaches. npm run rotate -- --keys writes it.",
  }),
  dataAccessLogs: fact({
    default: true,
    description:
      "Logs who reads and writes data in Cloud SQL, Cloud Storage, Secret Manager and IAM. Beyond 50 GiB a month logs cost half a dollar a GiB.",
  }),
};
