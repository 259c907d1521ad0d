import * as artifactregistry from "@pulumi/gcp/artifactregistry/index.js";
import * as pulumi from "@pulumi/pulumi";

export interface ImageRepositoryArgs {
  names: {
    /** Id in Artifact Registry. A change replaces the repository with every image in it. */
    imageRepository: string;
  };
  /** Region, that of the service: a revision pulls its images from beside it. */
  region: string;
  labels: Record<string, string>;
}

/** Versions of each image that stay whatever their age: revisions to go back to. */
const KEPT_VERSIONS = 20;

/**
 * Where deployments push the service's images, which Cloud Run of the same project may pull without a grant. Old ones go after
 * 30 days, the newest of each image never.
 */
export class ImageRepository extends pulumi.ComponentResource {
  constructor(name: string, args: ImageRepositoryArgs, opts?: pulumi.ComponentResourceOptions) {
    super("music-library:service:ImageRepository", name, {}, opts);
    new artifactregistry.Repository(
      `${name}-repository`,
      {
        repositoryId: args.names.imageRepository,
        location: args.region,
        format: "DOCKER",
        description: "Images of the track service and its pooler, deployed by digest.",
        cleanupPolicies: [
          { id: "keep-newest", action: "KEEP", mostRecentVersions: { keepCount: KEPT_VERSIONS } },
          { id: "delete-old", action: "DELETE", condition: { tagState: "ANY", olderThan: "2592000s" } },
        ],
        labels: args.labels,
      },
      { parent: this },
    );
    this.registerOutputs({});
  }
}
