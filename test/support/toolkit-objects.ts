import type { Obj } from "../../sim/object.ts";

const apiVersion = "delivery.ocm.software/v1alpha1";
const here = { name: "podinfo", namespace: "default" };

type Name = "repository" | "component" | "discovery" | "replication" | "resource" | "namespacedDeployer" | "deployer";

/** Objects that a user of the newest toolkit has, each of which refers to one before it. */
export const toolkitObjects: Readonly<Record<Name, Obj>> = {
  repository: { apiVersion, kind: "Repository", metadata: here, spec: { repositorySpec: { type: "OCIRegistry" } } },
  component: { apiVersion, kind: "Component", metadata: here, spec: { repositoryRef: { name: here.name } } },
  discovery: { apiVersion, kind: "Discovery", metadata: here, spec: { componentRef: { name: here.name } } },
  replication: { apiVersion, kind: "Replication", metadata: here, spec: { componentRef: { name: here.name } } },
  resource: { apiVersion, kind: "Resource", metadata: here, spec: { componentRef: { name: here.name } } },
  namespacedDeployer: {
    apiVersion,
    kind: "NamespacedDeployer",
    metadata: here,
    spec: { resourceRef: { name: here.name } },
  },
  deployer: { apiVersion, kind: "Deployer", metadata: { name: here.name }, spec: { resourceRef: here } },
};
