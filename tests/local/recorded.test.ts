import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "@jest/globals";
import { SeriesStore } from "../../local/monitoring/series-store.ts";
import { LocalPaths, projectRoot } from "../../local/paths.ts";
import { descriptorType } from "../../local/monitoring/routes.ts";
import { resourceSchema } from "../../local/provider/schema.ts";
import { recordedKinds } from "../../local/resources/recorded.ts";
import { type Properties, ResourceStore } from "../../local/store.ts";

const scope = { project: "loist-music-library-local", region: "us-central1" };
const parent = join(projectRoot, ".local", "tests");
mkdirSync(parent, { recursive: true });
const folder = mkdtempSync(join(parent, "recorded-"));
const paths = new LocalPaths(folder);
const store = new ResourceStore(paths);
const kinds = recordedKinds({ store, series: new SeriesStore(paths) });

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("a recorded type", () => {
  it.each(Object.keys(kinds))(
    "%s has a schema, says what is not there and fills in every computed property",
    async (type) => {
      const kind = kinds[type]!;
      expect(kind.grade).toBe("recorded");
      expect(kind.note).toMatch(/\S/);
      const outputs = await kind.create({ labels: { team: "music" } }, scope);
      const fields = Object.entries(resourceSchema(type)!.properties);
      const missing = fields.filter(([name, field]) => field.computed === true && !(name in outputs));
      expect(missing).toEqual([]);
    },
  );

  it.each<[string, Properties, string]>([
    ["gcp:compute/network:Network", { name: "main" }, "projects/loist-music-library-local/global/networks/main"],
    [
      "gcp:compute/subnetwork:Subnetwork",
      { name: "main", network: "n" },
      "projects/loist-music-library-local/regions/us-central1/subnetworks/main",
    ],
    [
      "gcp:kms/cryptoKey:CryptoKey",
      { name: "k", keyRing: "projects/p/locations/l/keyRings/r" },
      "projects/p/locations/l/keyRings/r/cryptoKeys/k",
    ],
    [
      "gcp:compute/uRLMap:URLMap",
      { name: "content", defaultService: "b" },
      "projects/loist-music-library-local/global/urlMaps/content",
    ],
    [
      "gcp:compute/backendBucketSignedUrlKey:BackendBucketSignedUrlKey",
      { name: "key-1", backendBucket: "content", keyValue: "v" },
      "projects/loist-music-library-local/global/backendBuckets/content/signedUrlKeys/key-1",
    ],
    ["gcp:pubsub/topic:Topic", { name: "uploads", project: "other" }, "projects/other/topics/uploads"],
    [
      "gcp:iam/workloadIdentityPoolProvider:WorkloadIdentityPoolProvider",
      { workloadIdentityPoolId: "pool", workloadIdentityPoolProviderId: "github" },
      "projects/loist-music-library-local/locations/global/workloadIdentityPools/pool/providers/github",
    ],
    [
      "gcp:pubsub/topicIAMMember:TopicIAMMember",
      { topic: "uploads", role: "roles/pubsub.publisher", member: "serviceAccount:A@b.iam.gserviceaccount.com" },
      "projects/loist-music-library-local/topics/uploads/roles/pubsub.publisher/serviceAccount:a@b.iam.gserviceaccount.com",
    ],
  ])("%s has the provider's id", (type, inputs, id) => {
    expect(kinds[type]!.idOf(inputs, scope)).toBe(id);
  });

  it("keeps its number over an update, and tells two of a kind apart", async () => {
    const kind = kinds["gcp:monitoring/alertPolicy:AlertPolicy"]!;
    const inputs = { displayName: "connections", combiner: "OR" };
    const id = kind.idOf(inputs, scope);
    expect(id).toMatch(/^projects\/loist-music-library-local\/alertPolicies\/\d{18}$/);
    expect(kind.idOf({ ...inputs, displayName: "disk" }, scope)).not.toBe(id);
    const outputs = await kind.create(inputs, scope);
    const changed = { ...inputs, combiner: "AND" };
    expect(await kind.update(id, { inputs, outputs }, changed, scope)).toMatchObject({ name: id, combiner: "AND" });
  });

  it("refuses a policy on a metric that nobody has declared or written, as Google does", async () => {
    const kind = kinds["gcp:monitoring/alertPolicy:AlertPolicy"]!;
    const on = (condition: Properties): Properties => ({ displayName: "x", combiner: "OR", conditions: [condition] });
    const threshold = (type: string) =>
      on({ conditionThreshold: { filter: `metric.type = "${type}" AND resource.type = "generic_task"` } });
    const query = (text: string, disableMetricValidation: boolean) =>
      on({ conditionPrometheusQueryLanguage: { query: text, disableMetricValidation } });
    const type = "custom.googleapis.com/music_library/backup/age";
    const name = "custom_googleapis_com:music_library_backup_age";

    for (const [policy, missing] of [
      [threshold(type), type],
      [query(`${name} > 1`, false), name],
      [threshold("logging.googleapis.com/user/slow"), "logging.googleapis.com/user/slow"],
      [query("logging_googleapis_com:user_slow > 1", false), "logging_googleapis_com:user_slow"],
    ] as const) {
      await expect(kind.create(policy, scope)).rejects.toThrow(
        `Error 404: Cannot find metric(s) that match type = "${missing}"`,
      );
      await expect(kind.update("id", { inputs: {}, outputs: {} }, policy, scope)).rejects.toThrow("Error 404");
    }
    await kind.create(query(`${name} > 1`, true), scope);
    await kind.create(threshold("run.googleapis.com/request_count"), scope);
    store.put({ type: descriptorType, id: "own", urn: "own", inputs: { type }, outputs: {} });
    await kind.create(threshold(type), scope);
    await kind.create(query(`${name} > 1`, false), scope);
  });

  it("honours deletionPolicy PREVENT and refuses members without a form", async () => {
    const topic = kinds["gcp:pubsub/topic:Topic"]!;
    const inputs = { name: "t", deletionPolicy: "PREVENT" };
    await expect(topic.delete("t", { inputs, outputs: {} }, scope)).rejects.toThrow("deletionPolicy PREVENT");
    const member = kinds["gcp:pubsub/topicIAMMember:TopicIAMMember"]!;
    expect(member.check!({ topic: "t", role: "roles/pubsub.publisher", member: "x" }, scope)).toHaveLength(1);
  });
});
