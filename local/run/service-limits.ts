// What Cloud Run has and the local cloud has not. Refused by name when a service is deployed here, not in preview: plans for
// Google Cloud may hold all of it.
import type { Properties } from "../store.ts";
import { numberOf, objectOf, objectsOf, optionalObject, textOf, textsOf } from "./property-readers.ts";

/** Every part of the declaration that would have no effect here; empty when the service can run. */
export function unsupportedParts(inputs: Properties): string[] {
  const template = objectOf(inputs, "template");
  return [
    ...["buildConfig", "multiRegionSettings", "binaryAuthorization"].filter((name) => name in inputs),
    ...(inputs["iapEnabled"] === true ? ["iapEnabled"] : []),
    ...["encryptionKey", "nodeSelector", "serviceMesh", "sandboxes", "vpcAccess"]
      .filter((name) => name in template)
      .map((name) => `template.${name}`),
    ...objectsOf(template, "volumes").flatMap(volumeParts),
    ...objectsOf(template, "containers").flatMap(containerParts),
    ...trafficParts(inputs),
  ];
}

function volumeParts(volume: Properties): string[] {
  const name = textOf(volume, "name");
  const foreign = ["cloudSqlInstance", "gcs", "nfs"].filter((kind) => optionalObject(volume, kind) !== undefined);
  return foreign.map((kind) =>
    kind === "cloudSqlInstance"
      ? `volume "${name}" of kind cloudSqlInstance (this stack uses connectionMode direct)`
      : `volume "${name}" of kind ${kind}`,
  );
}

function containerParts(container: Properties): string[] {
  const name = textOf(container, "name", "(unnamed)");
  const probes = ["startupProbe", "livenessProbe", "readinessProbe"].filter(
    (probe) => optionalObject(objectOf(container, probe), "grpc") !== undefined,
  );
  const limits = objectOf(objectOf(container, "resources"), "limits");
  return [
    ...["sourceCode", "baseImageUri", "sandboxLauncher"]
      .filter((part) => part in container)
      .map((part) => `${part} of container "${name}"`),
    ...probes.map((probe) => `${probe} by gRPC of container "${name}"`),
    ...("nvidia.com/gpu" in limits ? [`a GPU for container "${name}"`] : []),
    ...objectsOf(container, "volumeMounts")
      .filter((mount) => textOf(mount, "subPath") !== "")
      .map((mount) => `subPath of mount "${textOf(mount, "name")}"`),
    ...(textsOf(container, "commands").length === 0
      ? [`container "${name}" without commands (no image is run: its program must be named)`]
      : []),
  ];
}

function trafficParts(inputs: Properties): string[] {
  const traffics = objectsOf(inputs, "traffics");
  const toLatest = (traffic: Properties): boolean =>
    textOf(traffic, "revision") === "" && numberOf(traffic, "percent", 100) === 100;
  return traffics.every(toLatest) ? [] : ["traffics between revisions"];
}
