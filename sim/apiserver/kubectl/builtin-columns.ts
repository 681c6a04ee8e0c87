import type { Obj } from "../../object.ts";
import { listAt, textAt, valueAt } from "../../value-at.ts";
import { ageColumn, type Column, column, createdColumn, nameColumn, wideColumn } from "./column.ts";
import { eventColumns } from "./event-columns.ts";
import { deploymentColumns, jobColumns, podColumns, replicaSetColumns } from "./workload-columns.ts";

const binding: readonly Column[] = [
  nameColumn,
  column("Role", (object) => `${textAt(object, "roleRef", "kind")}/${textAt(object, "roleRef", "name")}`),
  ageColumn,
  wideColumn("Users", (object) => subjects(object, "User")),
  wideColumn("Groups", (object) => subjects(object, "Group")),
  wideColumn("ServiceAccounts", (object) => subjects(object, "ServiceAccount")),
];

const COLUMNS: Readonly<Record<string, readonly Column[]>> = {
  "/Namespace": [nameColumn, column("Status", (object) => textAt(object, "status", "phase")), ageColumn],
  "/ConfigMap": [
    nameColumn,
    column("Data", (object) => count(object, "data") + count(object, "binaryData")),
    ageColumn,
  ],
  "/Secret": [
    nameColumn,
    column("Type", (object) => textAt(object, "type")),
    column("Data", (object) => count(object, "data")),
    ageColumn,
  ],
  "/ServiceAccount": [nameColumn, ageColumn],
  "/Event": eventColumns("involvedObject"),
  "events.k8s.io/Event": eventColumns("regarding"),
  "/Service": [
    nameColumn,
    column("Type", (object) => textAt(object, "spec", "type")),
    column("Cluster-IP", (object) => textAt(object, "spec", "clusterIP") || "<none>"),
    column("External-IP", () => "<none>"),
    column("Port(s)", (object) => listAt(object, "spec", "ports").map(portText).join(",") || "<none>"),
    ageColumn,
  ],
  "/Node": [
    nameColumn,
    column("Status", nodeStatus),
    column("Roles", () => "<none>"),
    ageColumn,
    column("Version", (object) => textAt(object, "status", "nodeInfo", "kubeletVersion")),
  ],
  "/Pod": podColumns,
  "apps/Deployment": deploymentColumns,
  "apps/ReplicaSet": replicaSetColumns,
  "batch/Job": jobColumns,
  "coordination.k8s.io/Lease": [
    nameColumn,
    column("Holder", (object) => textAt(object, "spec", "holderIdentity")),
    ageColumn,
  ],
  "rbac.authorization.k8s.io/RoleBinding": binding,
  "rbac.authorization.k8s.io/ClusterRoleBinding": binding,
};

/** Columns of a built-in kind; name and time of creation for those without special ones. */
export function builtinColumns(group: string, kind: string): readonly Column[] {
  return COLUMNS[`${group}/${kind}`] ?? [nameColumn, createdColumn];
}

function count(object: Obj, field: string): number {
  return Object.keys(valueAt(object, field) ?? {}).length;
}

function subjects(object: Obj, kind: string): string {
  return listAt(object, "subjects")
    .filter((subject) => textAt(subject, "kind") === kind)
    .map((subject) => {
      const name = textAt(subject, "name");
      return kind === "ServiceAccount" ? `${textAt(subject, "namespace")}/${name}` : name;
    })
    .join(", ");
}

function portText(port: unknown): string {
  return `${String(valueAt(port, "port"))}/${textAt(port, "protocol") || "TCP"}`;
}

function nodeStatus(object: Obj): string {
  const ready = listAt(object, "status", "conditions").find((condition) => textAt(condition, "type") === "Ready");
  if (ready === undefined) {
    return "Unknown";
  }
  return textAt(ready, "status") === "True" ? "Ready" : "NotReady";
}
