import * as pulumi from "@pulumi/pulumi";
import type { ConnectionDescriptor } from "../connections/descriptor.ts";
import { providerText } from "./provider-text.ts";

export interface RoleSettingsArgs {
  /** The administrator's login; it must be allowed to alter the roles. */
  connection: pulumi.Input<ConnectionDescriptor>;
  /** Role -> setting -> value, for instance `search_path` -> `library, extensions`. Takes effect at the role's next login. */
  settings: Record<string, Record<string, string>>;
  /** Role -> sessions at the most at a time; 0 for none. Sessions that are open already stay. No limit unless given. */
  connectionLimits?: Record<string, number>;
}

/** Settings that roles get at login (`ALTER ROLE ... SET`) and how often they may be logged in, for roles that another provider makes. A dynamic resource. */
export class RoleSettings extends pulumi.CustomResource {
  declare readonly settings: pulumi.Output<Record<string, Record<string, string>>>;
  declare readonly connectionLimits: pulumi.Output<Record<string, number> | undefined>;

  constructor(name: string, args: RoleSettingsArgs, opts?: pulumi.CustomResourceOptions) {
    const inputs = { ...args, __provider: providerText("./components/role-settings-provider.ts") };
    super("pulumi-nodejs:dynamic/music-library:RoleSettings", name, inputs, opts);
  }
}
