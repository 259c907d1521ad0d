import { CryptoKey } from "@pulumi/gcp/kms/cryptoKey.js";
import { CryptoKeyIAMMember } from "@pulumi/gcp/kms/cryptoKeyIAMMember.js";
import { KeyRing } from "@pulumi/gcp/kms/keyRing.js";
import { ServiceIdentity } from "@pulumi/gcp/projects/serviceIdentity.js";
import * as pulumi from "@pulumi/pulumi";
import { projectNumberOf, storageAgent } from "./service-agents.ts";

export interface EncryptionKeyArgs {
  names: {
    /** Google never gives the name of a key ring back, not even after a deletion. */
    keyRing: string;
  };
  /** Google project id. */
  project: string;
  /** Region of the key ring, that of the instance. */
  region: string;
  /** "own" makes a key; else `projects/P/locations/L/keyRings/R/cryptoKeys/K` of one that is there. */
  encryptionKey: string;
  /** Labels of the key. */
  labels: Record<string, string>;
}

/** A new version every 90 days; earlier ones stay, for what they have encrypted. */
const ROTATION_PERIOD = "7776000s";

/**
 * The key of Cloud KMS that instance and bucket are encrypted with, and the accounts of Cloud SQL and Cloud Storage with the
 * right to use it. Whoever uses the key comes after its part of `ready`. The key is never destroyed by the stack: without it
 * every backup and every object is lost.
 */
export class EncryptionKey extends pulumi.ComponentResource {
  /** `projects/P/locations/L/keyRings/R/cryptoKeys/K` */
  readonly keyName: pulumi.Output<string>;
  /** Google refuses an instance or a bucket whose key its own account may not use. */
  readonly ready: { readonly cloudSql: pulumi.Resource; readonly storage: pulumi.Resource };

  constructor(name: string, args: EncryptionKeyArgs, opts?: pulumi.ComponentResourceOptions) {
    super("music-library:security:EncryptionKey", name, {}, opts);
    const own = { parent: this };
    this.keyName = args.encryptionKey === "own" ? this.ownKey(name, args) : pulumi.output(args.encryptionKey);
    // The account exists only once somebody asked for it; one project has one.
    const cloudSql = new ServiceIdentity(
      `${name}-cloud-sql`,
      { project: args.project, service: "sqladmin.googleapis.com" },
      own,
    );
    // That of Cloud Storage is no resource and is known by the project's number, which the other one's address has in it.
    const storage = cloudSql.email.apply((email) => storageAgent(projectNumberOf(email)));
    const cryptoKeyId = this.keyName;
    const role = "roles/cloudkms.cryptoKeyEncrypterDecrypter";
    this.ready = {
      cloudSql: new CryptoKeyIAMMember(`${name}-user`, { cryptoKeyId, role, member: cloudSql.member }, own),
      storage: new CryptoKeyIAMMember(`${name}-storage`, { cryptoKeyId, role, member: storage }, own),
    };
    this.registerOutputs({ keyName: this.keyName });
  }

  private ownKey(name: string, { names, region, labels }: EncryptionKeyArgs): pulumi.Output<string> {
    const own = { parent: this };
    const ring = new KeyRing(`${name}-ring`, { name: names.keyRing, location: region }, own);
    const key = new CryptoKey(
      `${name}-key`,
      {
        keyRing: ring.id,
        name: "library",
        purpose: "ENCRYPT_DECRYPT",
        rotationPeriod: ROTATION_PERIOD,
        deletionPolicy: "ABANDON",
        labels,
      },
      own,
    );
    return key.id;
  }
}
