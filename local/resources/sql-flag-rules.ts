// Google's rules on database flags that need no server: names that nobody may set, doubles, and the share of memory. Pure.
// What PostgreSQL itself thinks of a flag is asked of PostgreSQL when the instance is made.
import type { CheckProblem } from "../provider/kind.ts";
import type { InstanceSettings } from "./sql-instance-declaration.ts";
import { parseTier } from "./sql-tier.ts";
import { problem } from "./sql-value-rules.ts";

/** Settings that are the service's own business: addresses, files, TLS, durability, archiving, where the log goes. */
const keptByService =
  /^(listen_addresses|port|unix_socket_.*|ssl.*|.*_file|.*_directory|.*_libraries|fsync|full_page_writes|wal_level|archive_.*|restore_command|recovery_.*|primary_.*|log_destination|logging_collector|log_filename|log_file_mode|log_truncate_.*|log_rotation_.*|syslog_.*|event_source|bonjour.*|krb_.*|db_user_namespace|hot_standby|allow_system_table_mods|zero_damaged_pages|ignore_.*)$/;

const pageKb = 8;

export function flagRuleProblems({ databaseFlags, tier }: InstanceSettings): CheckProblem[] {
  const seen = new Set<string>();
  return databaseFlags.flatMap(({ name, value }, index) => {
    const at = `settings.databaseFlags[${index}]`;
    const problems: CheckProblem[] = [];
    if (name !== undefined && seen.has(name)) {
      problems.push(problem(`${at}.name`, "is given twice", name, "each flag once"));
    }
    if (name !== undefined && (!/^[a-z][a-z0-9_.]*$/.test(name) || keptByService.test(name))) {
      problems.push(problem(`${at}.name`, "is not a flag that Cloud SQL lets be set", name, "a flag of Google's list"));
    }
    if (name !== undefined) seen.add(name);
    if (name === "effective_cache_size" && value !== undefined) {
      problems.push(...cacheProblems(`${at}.value`, value, tier));
    }
    return problems;
  });
}

/** Google's window: 10 to 70 % of the machine's memory. */
function cacheProblems(property: string, value: string, tierName: string | undefined): CheckProblem[] {
  const tier = tierName === undefined ? undefined : parseTier(tierName);
  const pages = Number(value);
  if (tier === undefined || "wrong" in tier || !Number.isInteger(pages)) return [];
  const memoryPages = (tier.memoryMb * 1024) / pageKb;
  const least = Math.ceil(memoryPages / 10);
  const most = Math.floor((memoryPages * 7) / 10);
  if (pages >= least && pages <= most) return [];
  return [
    problem(property, "is out of Cloud SQL's window", value, `${least} to ${most} pages of 8 kB for ${tierName}`),
  ];
}
