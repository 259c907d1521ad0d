// Builds and scans the images without any credentials, and hands them on as one file.
import { runCommand } from "../command.ts";
import { build, builtName, docker, images, scan } from "./images.ts";

await runCommand(
  {
    usage: "npm run workflow -- build-images --output FILE",
    summary: "Builds and scans the images; ends with 1 where one has a high vulnerability that a newer version fixes.",
    options: { "--output FILE": "where to save the images (images.tar)" },
  },
  { output: { type: "string", default: "images.tar" } },
  async ({ output }) => {
    const findings: string[] = [];
    for (const image of images) {
      process.stdout.write(`${image.name}: building\n`);
      await build(image);
      process.stdout.write(`${image.name}: scanning\n`);
      findings.push(...(await scan(image)));
    }
    for (const finding of findings) process.stdout.write(`${finding}\n`);
    if (findings.length > 0) {
      process.stdout.write(`${findings.length} high findings; expected none. Move to the versions that fix them.\n`);
      return 1;
    }
    await docker(["save", "--output", output, ...images.map(builtName)]);
    process.stdout.write(`${images.length} images, no high finding, saved to ${output}\n`);
    return 0;
  },
);
