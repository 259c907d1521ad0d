// The stack's file names no digest that a deployment has set since: without this a preview would show every image going back.
import { z } from "zod";
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

await runCommand(
  {
    usage: "npm run workflow -- keep-images --stack NAME",
    summary: "Sets the images of the stack's last update in Pulumi.NAME.yaml of this checkout.",
    options: { "--stack NAME": "the stack" },
  },
  { stack: { type: "string", default: "" } },
  async ({ stack }) => {
    const args = ["stack", "history", "--json", "--page-size", "50", "--page", "1", "--stack", stack];
    const text = await pulumi(await environmentOf(stack), args);
    // A stack without an update has an empty history, which the engine does not print as a list.
    const updates = history.parse(JSON.parse(text.trim().startsWith("[") ? text : "[]"));
    const last = updates.find(({ kind }) => kind === "update");
    for (const { key } of images) {
      const value = last?.config?.[`music-library:${key}`]?.value;
      if (value === undefined || value === "") {
        process.stdout.write(`${key}: as Pulumi.${stack}.yaml has it\n`);
        continue;
      }
      configureImages(stack, { [key]: value });
      process.stdout.write(`${key}: ${value}\n`);
    }
    return 0;
  },
);
