import * as serviceaccount from "@pulumi/gcp/serviceaccount/index.js";
import * as pulumi from "@pulumi/pulumi";
import { StoredSecret } from "./stored-secret.ts";

export interface ServiceAccountKeysArgs {
  /** Full name of the account. */
  account: pulumi.Input<string>;
  /** Days on which keys were made, as `2026-01-31`, oldest first; the newest is the one that is stored. */
  serviceAccountKeyDates: readonly string[];
  names: { secrets: { serviceAccountKey: string } };
  labels: Record<string, string>;
}

/**
 * Key files of an account, for what runs where no metadata server and no federation reaches: none unless dates are given. Each date
 * is a key; two of them overlap while users move to the newest, which the secret holds.
 */
export class ServiceAccountKeys extends pulumi.ComponentResource {
  constructor(name: string, args: ServiceAccountKeysArgs, opts?: pulumi.ComponentResourceOptions) {
    super("music-library:identity:ServiceAccountKeys", name, {}, opts);
    const keys = args.serviceAccountKeyDates.map(
      (date) =>
        new serviceaccount.Key(
          `${name}-${date}`,
          { serviceAccountId: args.account, keepers: { madeOn: date } },
          // Never protected: renewal takes the older one away.
          { parent: this, protect: false },
        ),
    );
    const newest = keys.at(-1);
    if (newest !== undefined) {
      new StoredSecret(
        name,
        {
          secretId: args.names.secrets.serviceAccountKey,
          value: newest.privateKey.apply((key) => Buffer.from(key, "base64").toString("utf8")),
          labels: args.labels,
        },
        { parent: this },
      );
    }
    this.registerOutputs({});
  }
}
