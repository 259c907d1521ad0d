import * as gcp from "@pulumi/gcp/secretmanager/index.js";
import * as pulumi from "@pulumi/pulumi";

export interface StoredSecretArgs {
  /** Id in Secret Manager. A change replaces the secret with all its versions. */
  secretId: string;
  /** The value. A change adds a version and destroys the one before it, once everything that names a version has moved on. */
  value: pulumi.Input<string>;
  /** Labels of the secret. */
  labels: Record<string, string>;
}

/**
 * One value in Secret Manager, replicated as Google sees fit. Consumers are given `version` where a new value must reach
 * them as a new revision, and `path` where they read the latest themselves. Grants nobody anything.
 */
export class StoredSecret extends pulumi.ComponentResource {
  /** Name of this component, that names of its grants begin with. */
  readonly logicalName: string;
  /** Id of the secret; known only once the secret exists, which orders grants and volumes after it. */
  readonly secretId: pulumi.Output<string>;
  /** `projects/P/secrets/S` */
  readonly path: pulumi.Output<string>;
  /** Number of the present version, as "1"; known only once its value is stored. */
  readonly version: pulumi.Output<string>;
  /** When the present version was stored, as `2026-01-31T12:00:00Z`. */
  readonly storedAt: pulumi.Output<string>;
  /** `projects/P/secrets/S` again, but known only once the value is stored: for what reads the value at deployment. */
  readonly filledPath: pulumi.Output<string>;

  constructor(name: string, args: StoredSecretArgs, opts?: pulumi.ComponentResourceOptions) {
    super("music-library:secrets:StoredSecret", name, {}, opts);
    const secret = new gcp.Secret(
      `${name}-secret`,
      {
        secretId: args.secretId,
        labels: args.labels,
        replication: { auto: {} },
        // A destroyed version can be brought back for a week: `pulumi destroy` would otherwise take passwords with it.
        versionDestroyTtl: "604800s",
      },
      { parent: this },
    );
    const version = new gcp.SecretVersion(
      `${name}-version`,
      { secret: secret.id, secretData: pulumi.secret(args.value) },
      // Never protected: a new value replaces the version, and protection would stop every rotation.
      { parent: this, protect: false },
    );
    this.logicalName = name;
    this.secretId = secret.secretId;
    this.path = secret.id;
    this.version = version.version;
    this.storedAt = version.createTime;
    this.filledPath = pulumi.all([secret.id, version.name]).apply(([path]) => path);
    this.registerOutputs({ path: this.path, version: this.version });
  }
}
