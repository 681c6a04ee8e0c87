import type { GroundCluster } from "../../ground/ground.ts";
import { readAccess } from "../../sandbox/connect.ts";
import type { Table } from "../../sandbox/table.ts";
import { httpTransport } from "../../sim/http-transport.ts";
import { readText } from "../../sim/read-body.ts";
import type { ObjRef } from "../../sim/resource-paths.ts";

const ACCEPT = "application/json;as=Table;v=v1;g=meta.k8s.io";

/** Reads one custom resource as `kubectl get` does: as the table that its API server makes. */
export async function readTable(
  { kubeconfig }: Pick<GroundCluster, "kubeconfig">,
  { apiVersion, kind, namespace, name }: ObjRef,
): Promise<Table> {
  const folder = namespace === undefined ? "" : `namespaces/${namespace}/`;
  const access = readAccess(kubeconfig);
  const response = await httpTransport(access)({
    method: "GET",
    path: `/apis/${apiVersion}/${folder}${kind.toLowerCase()}s/${name}`,
    headers: { accept: ACCEPT, authorization: `Bearer ${access.token}` },
    signal: AbortSignal.timeout(10_000),
  });
  return JSON.parse(await readText(response)) as Table;
}
