// PgBouncer >= 1.24: older ones do not know the ini that production runs with, and stop differently. Already there, else on
// PATH, else built from Debian 13's source package with what apt-get can bring; nothing is installed into the system.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { delimiter, join } from "node:path";
import type { LocalPaths } from "../paths.ts";
import { outputOf, SetUpError, type Step } from "./step.ts";

const oldest = [1, 24] as const;

export async function ensurePgbouncer(step: Step, paths: LocalPaths): Promise<void> {
  const target = join(paths.folder("tools", "pgbouncer", "bin"), "pgbouncer");
  if (await isRecent(target)) return;
  rmSync(target, { force: true });
  for (const candidate of (process.env["PATH"] ?? "").split(delimiter).map((folder) => join(folder, "pgbouncer"))) {
    if (!existsSync(candidate)) continue;
    if (await isRecent(candidate)) {
      symlinkSync(candidate, target);
      return;
    }
    step.note(`${candidate} is older than ${oldest.join(".")} and passed over`);
  }
  await build(step, paths, target);
}

/** A PgBouncer that the local cloud can use as it is: the one of an earlier set-up, or the first recent one on PATH. */
export async function foundPgbouncer(paths: LocalPaths): Promise<string | undefined> {
  const folders = [join(paths.root, "tools", "pgbouncer", "bin"), ...(process.env["PATH"] ?? "").split(delimiter)];
  for (const candidate of folders.map((folder) => join(folder, "pgbouncer"))) {
    if (existsSync(candidate) && (await isRecent(candidate))) return candidate;
  }
  return undefined;
}

async function isRecent(binary: string): Promise<boolean> {
  const version = /PgBouncer (\d+)\.(\d+)/.exec((await outputOf(binary, ["--version"])) ?? "");
  const [major, minor] = [Number(version?.[1] ?? 0), Number(version?.[2] ?? 0)];
  return major > oldest[0] || (major === oldest[0] && minor >= oldest[1]);
}

async function build(step: Step, paths: LocalPaths, target: string): Promise<void> {
  const missing: string[] = [];
  for (const tool of ["apt-get", "gcc", "make", "dpkg-deb", "tar"]) {
    if ((await outputOf(tool, ["--version"])) === undefined) missing.push(tool);
  }
  if (missing.length > 0) {
    throw new SetUpError(
      `PgBouncer: version ${oldest.join(".")} or newer was not found on PATH, and ${missing.join(", ")} to build it with ${missing.length === 1 ? "is" : "are"} missing. ` +
        "Install PgBouncer 1.24 or newer with your package manager and run the command again.",
    );
  }
  step.note("building it from Debian 13's source package (about 20 s, once)");
  const folder = paths.folder("tools", "pgbouncer", "build");
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  try {
    const { source, headers } = await fetchSources(step, folder);
    const library = (name: string): string => join(headers, "usr", "lib", triplet(headers), name);
    const env = {
      ...process.env,
      LIBEVENT_CFLAGS: `-I${join(headers, "usr", "include")} -I${join(headers, "usr", "include", triplet(headers))}`,
      LIBEVENT_LIBS: library("libevent.a"),
      OPENSSL_CFLAGS: `-I${join(headers, "usr", "include")} -I${join(headers, "usr", "include", triplet(headers))}`,
      OPENSSL_LIBS: `${library("libssl.a")} ${library("libcrypto.a")} -lpthread -ldl`,
      PKG_CONFIG: "/bin/true",
      PANDOC: "/bin/true",
    };
    const options = ["--without-cares", "--without-pam", "--without-systemd", `--prefix=${join(folder, "..")}`];
    await step.run("./configure", options, { cwd: source, env, what: "configuring" });
    await step.run("make", [`-j${availableParallelism()}`, "pgbouncer"], { cwd: source, env, what: "compiling" });
    await step.run("install", ["-m", "755", join(source, "pgbouncer"), target], { what: "installing" });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Downloads into `folder` by an apt-get whose whole state is there too: the system's own lists and packages stay untouched. */
async function fetchSources(step: Step, folder: string): Promise<{ source: string; headers: string }> {
  const mirror = (
    (await outputOf("apt-get", [
      "indextargets",
      "--format",
      "$(REPO_URI)",
      "Origin: Debian",
      "Created-By: Packages",
    ])) ?? ""
  )
    .split("\n")
    .find((line) => /\/debian\/?$/.test(line));
  const release = /^VERSION_CODENAME=(\w+)$/m.exec(readFileSync("/etc/os-release", "utf8"))?.[1];
  if (mirror === undefined || release === undefined) {
    throw new SetUpError(
      "PgBouncer: no Debian mirror is configured to build it from. Install PgBouncer 1.24 or newer with your package manager and run the command again.",
    );
  }
  const keyring = "/usr/share/keyrings/debian-archive-keyring.gpg";
  const lists = [
    `deb [signed-by=${keyring}] ${mirror} ${release} main`,
    `deb-src [signed-by=${keyring}] ${mirror} trixie main`,
  ];
  writeFileSync(join(folder, "sources.list"), `${lists.join("\n")}\n`);
  for (const part of ["state/lists/partial", "cache/archives/partial", "files"])
    mkdirSync(join(folder, part), { recursive: true });
  writeFileSync(join(folder, "state", "status"), "");
  const apt = [
    ...["-o", `Dir::Etc::sourcelist=${join(folder, "sources.list")}`, "-o", "Dir::Etc::sourceparts=-"],
    ...["-o", `Dir::State=${join(folder, "state")}`, "-o", `Dir::State::status=${join(folder, "state", "status")}`],
    ...["-o", `Dir::Cache=${join(folder, "cache")}`, "-o", "APT::Sandbox::User=root", "-q"],
  ];
  const files = join(folder, "files");
  await step.run("apt-get", [...apt, "update"], { what: "reading Debian's package lists", cwd: files });
  await step.run("apt-get", [...apt, "source", "--download-only", "pgbouncer"], {
    what: "downloading the source",
    cwd: files,
  });
  await step.run("apt-get", [...apt, "download", "libevent-dev", "libssl-dev"], {
    what: "downloading the libraries",
    cwd: files,
  });
  const headers = join(folder, "headers");
  for (const name of readdirSync(files).filter((name) => name.endsWith(".deb"))) {
    await step.run("dpkg-deb", ["-x", join(files, name), headers], { what: "unpacking" });
  }
  const archive = readdirSync(files).find((name) => /^pgbouncer_.*\.orig\.tar\.gz$/.test(name));
  if (archive === undefined)
    throw new SetUpError(
      "PgBouncer: Debian's source package holds no source archive. Install PgBouncer 1.24 or newer with your package manager and run the command again.",
    );
  await step.run("tar", ["-xzf", join(files, archive), "-C", files], { what: "unpacking" });
  const unpacked = readdirSync(files).find((name) => /^pgbouncer-[\d.]+$/.test(name));
  return { source: join(files, unpacked ?? "pgbouncer"), headers };
}

/** Debian's folder of the machine's libraries, e.g. `x86_64-linux-gnu`. */
function triplet(headers: string): string {
  return readdirSync(join(headers, "usr", "lib")).find((name) => name.endsWith("-linux-gnu")) ?? "";
}
