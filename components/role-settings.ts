import * as pulumi from "@pulumi/pulumi";
import type { ConnectionDescriptor } from "../connections/descriptor.ts";
import type * as implementation from "./role-settings-provider.ts";

export interface RoleSettingsArgs {
  /** The administrator's login; it must be allowed to alter the roles. */
  connection: pulumi.Input<ConnectionDescriptor>;
  /** Role -> setting -> value, for instance `search_path` -> `library, extensions`. Takes effect at the role's next login. */
  settings: Record<string, Record<string, string>>;
}

// As in schema-migrations.ts: the text of this object stays in the state, its code is today's.
declare const require: (module: "./components/role-settings-provider.ts") => typeof implementation;

const provider: pulumi.dynamic.ResourceProvider<implementation.RoleSettingsInputs, implementation.RoleSettingsInputs> =
  {
    check: (olds, news) => require("./components/role-settings-provider.ts").check(olds, news),
    diff: (id, olds, news) => require("./components/role-settings-provider.ts").diff(id, olds, news),
    create: (inputs) => require("./components/role-settings-provider.ts").create(inputs),
    read: (id, props) => require("./components/role-settings-provider.ts").read(id, props),
    update: (id, olds, news) => require("./components/role-settings-provider.ts").update(id, olds, news),
    delete: (id, props) => require("./components/role-settings-provider.ts").remove(id, props),
  };

/** Settings that roles get at login (`ALTER ROLE ... SET`), for roles that another provider makes. */
export class RoleSettings extends pulumi.dynamic.Resource {
  declare readonly settings: pulumi.Output<Record<string, Record<string, string>>>;

  constructor(name: string, args: RoleSettingsArgs, opts?: pulumi.CustomResourceOptions) {
    super(provider, name, { ...args }, opts, "music-library", "RoleSettings");
  }
}
