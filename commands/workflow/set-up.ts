// The runner's set-up: what `npm start` needs, without starting anything.
import { LocalPaths } from "../../local/paths.ts";
import { setUp } from "../../local/setup/set-up.ts";
import { runCommand } from "../command.ts";

await runCommand(
  { usage: "npm run workflow -- set-up", summary: "Sets this machine up for the local cloud.", options: {} },
  {},
  async () => {
    await setUp(new LocalPaths(), (line) => void process.stdout.write(`${line}\n`));
    return 0;
  },
);
