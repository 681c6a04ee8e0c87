import type { SchemaNode } from "./schema-node.ts";
import { atomic, listMap, mapOf, struct, text } from "./struct-node.ts";

const resources = struct({ limits: mapOf(text), requests: mapOf(text), claims: listMap(["name"], struct({})) });

const container = struct({
  env: listMap(
    ["name"],
    struct({
      valueFrom: struct({
        configMapKeyRef: atomic,
        secretKeyRef: atomic,
        fieldRef: atomic,
        resourceFieldRef: atomic,
      }),
    }),
  ),
  ports: listMap(["containerPort", "protocol"], struct({ protocol: { type: "string", default: "TCP" } })),
  volumeMounts: listMap(["mountPath"], struct({})),
  volumeDevices: listMap(["devicePath"], struct({})),
  resources,
});

/** Ownership of the fields of a pod's spec. */
export const podSpecNode: SchemaNode = struct({
  containers: listMap(["name"], container),
  initContainers: listMap(["name"], container),
  ephemeralContainers: listMap(["name"], container),
  volumes: listMap(["name"], struct({ secret: struct({}), configMap: struct({}) })),
  imagePullSecrets: listMap(["name"], atomic),
  hostAliases: listMap(["ip"], struct({})),
  topologySpreadConstraints: listMap(["topologyKey", "whenUnsatisfiable"], struct({ labelSelector: atomic })),
  schedulingGates: listMap(["name"], struct({})),
  nodeSelector: atomic,
  overhead: mapOf(text),
  resources,
});
