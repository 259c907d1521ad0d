// `npm run bench -- NAME`: prints ratios against peers measured in the same run; nothing is asserted.
import { benchLoad } from "../bench/load.ts";
import { benchMigrator } from "../bench/migrator.ts";
import { benchPooling } from "../bench/pooling.ts";
import { benchProfiles } from "../bench/profiles.ts";
import { benchProgram } from "../bench/program.ts";
import { benchService } from "../bench/service.ts";
import { benchSearch } from "../bench/search.ts";
import { benchSigning } from "../bench/signing.ts";
import { runCommand, UsageError } from "./command.ts";

const benches: Readonly<Record<string, (say: (line: string) => void, tracks?: number) => Promise<void>>> = {
  load: benchLoad,
  migrator: benchMigrator,
  pooling: benchPooling,
  profiles: benchProfiles,
  program: benchProgram,
  service: benchService,
  search: benchSearch,
  signing: benchSigning,
};

await runCommand(
  {
    usage: "npm run bench -- NAME [--tracks N]",
    summary: "Runs one benchmark.",
    options: {
      NAME: `one of ${Object.keys(benches).join(", ")}`,
      "--tracks N": "size of the library that search and load are measured with (100000)",
    },
  },
  { tracks: { type: "string", default: "100000" } },
  async ({ tracks }, [name = ""]) => {
    if (!/^[1-9]\d{3,8}$/.test(tracks)) {
      throw new UsageError(`--tracks: is no size of a library (${tracks}); expected 1000 to 999999999. Give one.`);
    }
    const bench = benches[name];
    if (bench === undefined) {
      throw new UsageError(
        `benchmark "${name}": does not exist; expected one of ${Object.keys(benches).join(", ")}. Name one of these.`,
      );
    }
    await bench((line) => process.stdout.write(`${line}\n`), Number(tracks));
    return 0;
  },
);
