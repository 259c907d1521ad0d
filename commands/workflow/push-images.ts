// Pushes the built images to the stack's own repository and configures the stack with their digests.
import { GoogleAuth } from "google-auth-library";
import { z } from "zod";
import { stackNames } from "../../naming.ts";
import { runCommand, UsageError } from "../command.ts";
import { stackConfiguration } from "../stack-configuration.ts";
import { builtName, configureImages, docker, type Image, images, ToolError } from "./images.ts";

/** Where a stack keeps its images: the registry's host, and the repository in it that the stack declares. */
function imageRepository(stack: string): { host: string; repository: string } {
  const config = stackConfiguration(stack);
  const host = `${config.region}-docker.pkg.dev`;
  return { host, repository: `${host}/${config.project}/${stackNames(config).imageRepository}` };
}

/** The digest under which the repository has an image now: what a deployment names. */
async function push(image: Image, repository: string, tag: string): Promise<string> {
  const name = `${repository}/${image.name}`;
  await docker(["tag", builtName(image), `${name}:${tag}`]);
  await docker(["push", "--quiet", `${name}:${tag}`]);
  const answer = await docker(["image", "inspect", "--format", "{{json .RepoDigests}}", `${name}:${tag}`]);
  const digest = z
    .array(z.string())
    .parse(JSON.parse(answer))
    .find((candidate) => candidate.startsWith(`${name}@sha256:`));
  if (digest !== undefined) return digest;
  throw new ToolError(
    `image "${name}:${tag}": has no digest after its push (${answer.trim()}); expected one. Run again.`,
  );
}

await runCommand(
  {
    usage: "npm run workflow -- push-images --stack NAME --input FILE --tag TAG",
    summary: "Pushes the built images to the stack's repository and sets their digests in Pulumi.NAME.yaml.",
    options: {
      "--stack NAME": "the stack",
      "--input FILE": "what build-images saved (images.tar)",
      "--tag TAG": "for people who look into the repository, as the commit; deployments name digests",
    },
  },
  {
    stack: { type: "string", default: "" },
    input: { type: "string", default: "images.tar" },
    tag: { type: "string", default: "" },
  },
  async ({ stack, input, tag }) => {
    if (!/^[\w][\w.-]{0,127}$/.test(tag)) {
      throw new UsageError(`option "--tag": is no tag (${tag}); expected letters, digits, "_", "." and "-". Give one.`);
    }
    const { host, repository } = imageRepository(stack);
    const auth = new GoogleAuth({ scopes: "https://www.googleapis.com/auth/cloud-platform" });
    // Over standard input: arguments can be read by every process of the machine.
    const token = await auth.getAccessToken();
    await docker(["load", "--quiet", "--input", input]);
    await docker(["login", "--username", "oauth2accesstoken", "--password-stdin", host], token ?? "");
    try {
      for (const image of images) {
        const digest = await push(image, repository, tag);
        configureImages(stack, { [image.key]: digest });
        process.stdout.write(`${image.key}: ${digest}\n`);
      }
    } finally {
      await docker(["logout", host]);
    }
    return 0;
  },
);
