import type { Obj } from "../../../sim/object.ts";
import { LOCAL } from "../../../sim/platform/cluster.ts";
import { accessRequestType, clusterRequestType, PLATFORM_NAMESPACE } from "../../../sim/platform/kinds.ts";

/** Image of openmcp-operator. */
export const OPERATOR_IMAGE = "example.com/openmcp-operator";

const NAME = "openmcp-operator";
const REFERENCE = `${OPERATOR_IMAGE}:v1.3.0`;

/** The operator's settings: which cluster is made, or shared, for which purpose. */
export const operatorConfig: object = {
  scheduler: {
    scope: "Cluster",
    purposeMappings: {
      platform: mapping("Shared"),
      onboarding: mapping("Shared"),
      workload: { template: { ...mapping("Shared").template, metadata: { namespace: PLATFORM_NAMESPACE } } },
      mcp: mapping("Exclusive"),
    },
  },
};

/** What an administrator installs to have the operator run, with its settings in a file of the node. */
export function operatorObjects(configPath: string): readonly Obj[] {
  const account = { name: NAME, namespace: PLATFORM_NAMESPACE };
  return [
    { apiVersion: "v1", kind: "ServiceAccount", metadata: account },
    {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRoleBinding",
      metadata: { name: NAME },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "cluster-admin" },
      subjects: [{ kind: "ServiceAccount", ...account }],
    },
    operatorDeployment(configPath),
  ];
}

/**
 * Requests for the onboarding cluster as the operator makes them itself.
 *
 * It looks for the answer every ten seconds. A platform that was installed before has them already, and so has this one.
 */
export function onboardingRequests(): readonly Obj[] {
  return [
    onboardingRequest("onboarding-init", [
      { apiGroups: ["apiextensions.k8s.io"], resources: ["customresourcedefinitions"], verbs: ["*"] },
      {
        apiGroups: ["admissionregistration.k8s.io"],
        resources: ["validatingadmissionpolicies", "validatingadmissionpolicybindings"],
        verbs: ["*"],
      },
    ]),
    onboardingRequest("onboarding", [{ apiGroups: ["*"], resources: ["*"], verbs: ["*"] }]),
  ].flat();
}

function onboardingRequest(localName: string, rules: readonly object[]): readonly Obj[] {
  const metadata = {
    name: `managedcontrolplane--${localName}`,
    namespace: PLATFORM_NAMESPACE,
    labels: { "openmcp.cloud/managed-by": "ManagedControlPlane" },
  };
  const { name, namespace } = metadata;
  return [
    { ...clusterRequestType, metadata, spec: { purpose: "onboarding" } },
    { ...accessRequestType, metadata, spec: { requestRef: { name, namespace }, token: { permissions: [{ rules }] } } },
  ];
}

function mapping(tenancy: "Exclusive" | "Shared"): { readonly template: object } {
  return { template: { spec: { profile: LOCAL, tenancy } } };
}

function operatorDeployment(configPath: string): Obj {
  const labels = { "app.kubernetes.io/name": NAME };
  const container = (name: string, args: readonly string[]): object => ({
    name,
    image: REFERENCE,
    args: [...args, "--environment=local", "--verbosity=INFO", `--config=${configPath}`],
    env: [variable("POD_NAME", "metadata.name"), variable("POD_NAMESPACE", "metadata.namespace")],
    volumeMounts: [{ name: "config", mountPath: configPath }],
  });
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: NAME, namespace: PLATFORM_NAMESPACE },
    spec: {
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          serviceAccountName: NAME,
          // The helm deployer is a service of the platform that this project has nothing to do with.
          initContainers: [container("init", ["init", "--skip-helm-platform-service"])],
          containers: [container(NAME, ["run"])],
          volumes: [{ name: "config", hostPath: { path: configPath } }],
        },
      },
    },
  };
}

function variable(name: string, fieldPath: string): object {
  return { name, valueFrom: { fieldRef: { fieldPath } } };
}
