import type { ControlPlaneRef, GroundCluster } from "../ground/ground.ts";
import type { Obj } from "../sim/object.ts";
import type { Place } from "./scene.ts";

/** One tenant of a stage. */
export type Tenant = {
  readonly controlPlane: ControlPlaneRef;
  readonly cluster: GroundCluster;
  /** Where the scene shows what is on the control plane. */
  readonly place: Place;
  /** What the tenant asks for. */
  readonly object: Obj;
};

/** Objects of several tenants: that of the play, and others like it with the numbers that follow in their names. */
export function likeExample(example: Obj, count: number): readonly Obj[] {
  return Array.from({ length: count }, (_, index) => ({
    ...example,
    metadata: { ...example.metadata, name: numbered(example.metadata.name, index) },
  }));
}

function numbered(name: string, offset: number): string {
  const [, stem = name, digits = ""] = /^(.*?)(\d*)$/u.exec(name) ?? [];
  if (offset === 0) {
    return name;
  }
  return digits === "" ? `${name}-${offset + 1}` : stem + String(Number(digits) + offset).padStart(digits.length, "0");
}

/** Where what is on a tenant's control plane is shown. */
export function placeOf({ metadata }: Obj, count: number): Place {
  return count === 1 ? "control plane" : `control plane ${metadata.name}`;
}
