// The stack's file names no digest that a deployment has set since: without this a preview would show every image going back.
import { readFileSync } from "node:fs";
import { z } from "zod";
import { HELLO_IMAGE } from "../../naming.ts";
import { runCommand } from "../command.ts";
import { pulumi } from "../pulumi-cli.ts";
import { environmentOf } from "../stack-outputs.ts";
import { configureImages, images } from "./images.ts";

const history = z.array(
  z.object({
    kind: z.string(),
    config: z.record(z.string(), z.object({ value: z.string().optional(), secret: z.boolean().optional() })).optional(),
  }),
);

const graphFile = z.object({
  deployment: z.object({ resources: z.array(z.looseObject({ type: z.string(), inputs: z.unknown().optional() })) }),
});
const serviceInputs = z.object({
  template: z.object({ containers: z.array(z.object({ name: z.string(), image: z.string() })) }),
});

/** The images that an exported graph runs, by configuration key. Google's hello page is no image of ours. */
function imagesOfGraph(text: string): Map<string, string> {
  const { resources } = graphFile.parse(JSON.parse(text)).deployment;
  const service = resources.find(({ type }) => type === "gcp:cloudrunv2/service:Service");
  if (service === undefined) return new Map();
  const { containers } = serviceInputs.parse(service.inputs).template;
  const key: Readonly<Record<string, string>> = { application: "serviceImage", pgbouncer: "poolerImage" };
  const known = containers.filter(({ name, image }) => name in key && image !== HELLO_IMAGE);
  return new Map(known.map(({ name, image }) => [key[name] ?? "", image]));
}

/** The images of the stack's last update, by configuration key. */
async function imagesOfHistory(stack: string): Promise<Map<string, string>> {
  const args = ["stack", "history", "--json", "--page-size", "50", "--page", "1", "--stack", stack];
  const text = await pulumi(await environmentOf(stack), args);
  // A stack without an update has an empty history, which the engine does not print as a list.
  const updates = history.parse(JSON.parse(text.trim().startsWith("[") ? text : "[]"));
  const last = updates.find(({ kind }) => kind === "update")?.config ?? {};
  return new Map(images.map(({ key }) => [key, last[`music-library:${key}`]?.value ?? ""]));
}

await runCommand(
  {
    usage: "npm run workflow -- keep-images --stack NAME [--graph FILE]",
    summary: "Sets the images that the stack runs in Pulumi.NAME.yaml of this checkout.",
    options: {
      "--stack NAME": "the stack",
      "--graph FILE": "what runs, as `npm run graph` has printed it, in place of the stack's history",
    },
  },
  { stack: { type: "string", default: "" }, graph: { type: "string" } },
  async ({ stack, graph }) => {
    const running = graph === undefined ? await imagesOfHistory(stack) : imagesOfGraph(readFileSync(graph, "utf8"));
    for (const { key } of images) {
      const value = running.get(key) ?? "";
      if (value !== "") configureImages(stack, { [key]: value });
      process.stdout.write(`${key}: ${value === "" ? `as Pulumi.${stack}.yaml has it` : value}\n`);
    }
    return 0;
  },
);
