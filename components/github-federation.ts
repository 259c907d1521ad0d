import * as iam from "@pulumi/gcp/iam/index.js";
import * as pulumi from "@pulumi/pulumi";

export interface GithubFederationArgs {
  /** `OWNER/NAME`; no other repository's tokens are taken. */
  githubRepository: string;
  /** What a deployment runs for: `environment:NAME` or `ref:refs/heads/BRANCH`; "" for the environment of the stack's own name. */
  githubDeployFrom: string;
  /** Environment of the stack. */
  environment: string;
  names: {
    /** Id of the pool. A deleted one stays blocked for 30 days. */
    federationPoolId: string;
  };
}

/** Where GitHub's tokens come from. docs.github.com/actions/reference/security/oidc */
const ISSUER = "https://token.actions.githubusercontent.com";

/**
 * Lets workflows of one repository in without a key: only for the branch or environment that deploys, and for pull requests.
 * Grants nothing by itself.
 */
export class GithubFederation extends pulumi.ComponentResource {
  /** The workflow that deploys. */
  readonly deployment: pulumi.Output<string>;
  /** Workflows on pull requests of the repository's own branches (forks get no token), and those of main that look for drift. */
  readonly previews: readonly pulumi.Output<string>[];

  constructor(name: string, args: GithubFederationArgs, opts?: pulumi.ComponentResourceOptions) {
    super("music-library:identity:GithubFederation", name, {}, opts);
    const pool = new iam.WorkloadIdentityPool(
      `${name}-pool`,
      {
        workloadIdentityPoolId: args.names.federationPoolId,
        displayName: "GitHub Actions",
        description: `Workflows of ${args.githubRepository}`,
      },
      { parent: this },
    );
    const from = args.githubDeployFrom === "" ? `environment:${args.environment}` : args.githubDeployFrom;
    const subject = (what: string): string => `repo:${args.githubRepository}:${what}`;
    const deployment = subject(from);
    const previews = [subject("pull_request"), subject("ref:refs/heads/main")];
    new iam.WorkloadIdentityPoolProvider(
      `${name}-provider`,
      {
        workloadIdentityPoolId: pool.workloadIdentityPoolId,
        workloadIdentityPoolProviderId: "github-actions",
        displayName: "GitHub Actions",
        oidc: { issuerUri: ISSUER },
        attributeMapping: { "google.subject": "assertion.sub", "attribute.repository": "assertion.repository" },
        // Every repository of GitHub has the same issuer: this is what keeps the others out.
        attributeCondition:
          `assertion.repository == "${args.githubRepository}" && ` +
          `assertion.sub in [${[...new Set([deployment, ...previews])].map((one) => JSON.stringify(one)).join(", ")}]`,
      },
      { parent: this },
    );
    const principal = (of: string): pulumi.Output<string> =>
      pulumi.interpolate`principal://iam.googleapis.com/${pool.name}/subject/${of}`;
    this.deployment = principal(deployment);
    this.previews = previews.map(principal);
    this.registerOutputs({});
  }
}
