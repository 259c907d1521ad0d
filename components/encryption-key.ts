import { CryptoKey } from "@pulumi/gcp/kms/cryptoKey.js";
import { CryptoKeyIAMMember } from "@pulumi/gcp/kms/cryptoKeyIAMMember.js";
import { KeyRing } from "@pulumi/gcp/kms/keyRing.js";
import { ServiceIdentity } from "@pulumi/gcp/projects/serviceIdentity.js";
import * as pulumi from "@pulumi/pulumi";

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
 * The key of Cloud KMS that an instance is encrypted with, and Cloud SQL's own account with the right to use it. Whoever
 * uses the key comes after `ready`. The key is never destroyed by the stack: without it every backup is lost.
 */
export class EncryptionKey extends pulumi.ComponentResource {
  /** `projects/P/locations/L/keyRings/R/cryptoKeys/K` */
  readonly keyName: pulumi.Output<string>;
  /** Cloud SQL refuses an instance whose key it may not use. */
  readonly ready: pulumi.Resource;

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
    this.ready = new CryptoKeyIAMMember(
      `${name}-user`,
      { cryptoKeyId: this.keyName, role: "roles/cloudkms.cryptoKeyEncrypterDecrypter", member: cloudSql.member },
      own,
    );
    this.registerOutputs({ keyName: this.keyName });
  }

  private ownKey(name: string, { names, region, labels }: EncryptionKeyArgs): pulumi.Output<string> {
    const own = { parent: this };
    const ring = new KeyRing(`${name}-ring`, { name: names.keyRing, location: region }, own);
    const key = new CryptoKey(
      `${name}-key`,
      {
        keyRing: ring.id,
        name: "database",
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
