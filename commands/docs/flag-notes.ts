// What the guide says of each flag that this program sets; units, bounds and restarts stand in components/flag-catalogue.ts.

export interface FlagNote {
  readonly what: string;
  /**
   * What runs where nobody sets it: PostgreSQL 15's own value in its own unit, held against the server by a test, or words where
   * Cloud SQL has another.
   */
  readonly unset: { readonly postgres: string } | { readonly google: string };
  readonly why: string;
}

/** By name. */
export const flagNotes: Readonly<Record<string, FlagNote>> = {
  autovacuum_max_workers: {
    what: "Processes that clean up tables at the same time.",
    unset: { postgres: "3" },
    why: "Written down because the sum of memory counts each of them.",
  },
  autovacuum_work_mem: {
    what: "Memory of each of those processes.",
    unset: { postgres: "-1" },
    why: "Left unset, each takes maintenance_work_mem, which is made for one index build. A sixtieth of the memory, 16 MB to 1 GB.",
  },
  "cloudsql.enable_pgaudit": {
    what: "Loads the extension that logs what was changed.",
    unset: { google: "off" },
    why: "On with `pgauditEnabled`: who changed schema, roles and rights stands in the log.",
  },
  "cloudsql.iam_authentication": {
    what: "Lets people log in by their Google identity.",
    unset: { google: "off" },
    why: "On when `databaseReaders` names somebody: nobody has a password to share.",
  },
  effective_cache_size: {
    what: "What the planner believes to find in memory, the system's cache included. Takes no memory.",
    unset: { google: "40 % of the memory" },
    why: "70 % of the memory, the most that Cloud SQL takes: with less, an index looks dearer than it is.",
  },
  effective_io_concurrency: {
    what: "Pages that a bitmap scan asks for in advance.",
    unset: { postgres: "1" },
    why: "The disk is an SSD, which answers many requests at once.",
  },
  jit: {
    what: "Compiles expensive queries before they run.",
    unset: { postgres: "on" },
    why: "Compiling costs more than it saves in queries of milliseconds.",
  },
  log_connections: {
    what: "One line in the log for each login.",
    unset: { postgres: "off" },
    why: "Who came in. The pooler keeps its connections, so there are few lines.",
  },
  log_disconnections: {
    what: "One line for each session that ends, with its length.",
    unset: { postgres: "off" },
    why: "The other half of the line above.",
  },
  log_min_duration_statement: {
    what: "A statement that takes longer is logged with its text.",
    unset: { postgres: "-1" },
    why: 'Searches promise 200 ms; what takes a second is a mistake. The alert "Many slow queries" counts these lines.',
  },
  log_statement: {
    what: "Kinds of statements that are logged whatever they take.",
    unset: { postgres: "none" },
    why: "Changes of the schema only. `all`, as in the first deployment, costs throughput and writes people's data into the log.",
  },
  maintenance_work_mem: {
    what: "Memory of an index build or a VACUUM.",
    unset: { postgres: "64MB" },
    why: "A sixteenth of the memory, 2 GB at the most: the search index is a GIN index, whose build is bound by it.",
  },
  max_connections: {
    what: "Sessions of the server, reserved ones included.",
    unset: { google: "by memory: 25 at 0.6 GB, 50 at 1.7 GB, 100 at 3.75 GB, 200 at 6 GB, 400 at 7.5 GB and more" },
    why: "The pool is computed from it: a figure that followed the tier would change the pool unseen. Sessions are shared, not opened for each client.",
  },
  max_parallel_workers: {
    what: "Processes of all parallel queries together.",
    unset: { postgres: "8" },
    why: "As many as there are vCPUs, 8 at the most; set from four vCPUs upwards.",
  },
  max_parallel_workers_per_gather: {
    what: "Processes of one parallel query.",
    unset: { postgres: "2" },
    why: "None below four vCPUs: a parallel query would take the processors from the others, and each process its own work_mem. Above, half the vCPUs, 4 at the most.",
  },
  "pgaudit.log": {
    what: "Classes of statements that the audit logs.",
    unset: { google: "none" },
    why: "`ddl,role`: changes of schema, roles and rights. `read` and `write` would log every query.",
  },
  "pgaudit.log_parameter": {
    what: "Logs the values of parameters, too.",
    unset: { google: "off" },
    why: "Values are people's data.",
  },
  max_wal_size: {
    what: "Log between two checkpoints, about; it takes so much of the disk.",
    unset: { postgres: "1GB" },
    why: "After each checkpoint the first change of a page writes it whole. A load changes every page of an index: with 1 GB its log is twice as long.",
  },
  random_page_cost: {
    what: "How much dearer a page from anywhere is than the next one.",
    unset: { postgres: "4" },
    why: "On an SSD hardly at all.",
  },
  shared_buffers: {
    what: "Pages of tables and indexes, held in common by all sessions.",
    unset: { google: "about a third of the memory" },
    why: "A quarter of the memory, PostgreSQL's own advice; more leaves less for sessions. 10 to 60 % are accepted. The first deployment's 98304 are pages of 8 kB, not megabytes.",
  },
  work_mem: {
    what: "Memory of one sort or hash of one session; a hash may take twice as much.",
    unset: { postgres: "4MB" },
    why: "What all other flags leave over, shared among all sessions that can work at once, 4 to 128 MB: the sum fits in the machine at the worst moment.",
  },
};
