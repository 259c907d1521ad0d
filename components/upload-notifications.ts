import * as pubsub from "@pulumi/gcp/pubsub/index.js";
import * as storage from "@pulumi/gcp/storage/index.js";
import * as pulumi from "@pulumi/pulumi";
import { storageAgent } from "./service-agents.ts";

export interface UploadNotificationsArgs {
  bucketName: pulumi.Input<string>;
  /** Number of the Google project: Cloud Storage publishes as an agent of its own. */
  projectNumber: pulumi.Input<string>;
  /** Folder whose new objects are told, with its slash. */
  audioPrefix: string;
  names: {
    /** Pub/Sub topic. */
    uploadTopic: string;
  };
  labels: Record<string, string>;
}

/** A topic that gets a message for every object that is new below the folder of audio. Subscribes nobody. */
export class UploadNotifications extends pulumi.ComponentResource {
  constructor(name: string, args: UploadNotificationsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("music-library:storage:UploadNotifications", name, {}, opts);
    const own = { parent: this };
    const topic = new pubsub.Topic(`${name}-topic`, { name: args.names.uploadTopic, labels: args.labels }, own);
    const member = pulumi.output(args.projectNumber).apply(storageAgent);
    const publisher = new pubsub.TopicIAMMember(
      `${name}-publisher`,
      { topic: topic.name, role: "roles/pubsub.publisher", member },
      own,
    );
    new storage.Notification(
      `${name}-uploads`,
      {
        bucket: args.bucketName,
        topic: topic.id,
        payloadFormat: "JSON_API_V1",
        eventTypes: ["OBJECT_FINALIZE"],
        objectNamePrefix: args.audioPrefix,
      },
      // Google refuses a topic to which its agent may not publish.
      { ...own, dependsOn: publisher },
    );
    this.registerOutputs({});
  }
}
