// The run of the deployment whose artifacts say what runs now.
import { z } from "zod";
import { runCommand } from "../command.ts";
import { GitHub } from "./github.ts";

const runs = z.object({ workflow_runs: z.array(z.object({ id: z.number() })) });

await runCommand(
  {
    usage: "npm run workflow -- last-deployment",
    summary: "Prints run=ID of the last whole deployment of main, or run= where there is none.",
    options: {},
  },
  {},
  async () => {
    // Of main alone: a pull request's own runs may have artifacts of any content.
    const query = "branch=main&status=success&exclude_pull_requests=true&per_page=1";
    const answer = await GitHub.fromEnvironment().call("GET", `/actions/workflows/deploy.yml/runs?${query}`);
    const [last] = runs.parse(answer).workflow_runs;
    process.stdout.write(`run=${last?.id ?? ""}\n`);
    return 0;
  },
);
