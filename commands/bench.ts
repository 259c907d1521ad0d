// `npm run bench -- NAME`: prints ratios against peers measured in the same run; nothing is asserted.
import { benchMigrator } from "../bench/migrator.ts";
import { benchPooling } from "../bench/pooling.ts";
import { benchProfiles } from "../bench/profiles.ts";
import { benchProgram } from "../bench/program.ts";
import { benchService } from "../bench/service.ts";
import { benchSigning } from "../bench/signing.ts";
import { runCommand, UsageError } from "./command.ts";

const benches: Readonly<Record<string, (say: (line: string) => void) => Promise<void>>> = {
  migrator: benchMigrator,
  pooling: benchPooling,
  profiles: benchProfiles,
  program: benchProgram,
  service: benchService,
  signing: benchSigning,
};

await runCommand(
  {
    usage: "npm run bench -- NAME",
    summary: "Runs one benchmark.",
    options: { NAME: `one of ${Object.keys(benches).join(", ")}` },
  },
  {},
  async (_values, [name = ""]) => {
    const bench = benches[name];
    if (bench === undefined) {
      throw new UsageError(
        `benchmark "${name}": does not exist; expected one of ${Object.keys(benches).join(", ")}. Name one of these.`,
      );
    }
    await bench((line) => process.stdout.write(`${line}\n`));
    return 0;
  },
);
