/** A time as Kubernetes writes it: RFC 3339, whole seconds, UTC. */
export function kubeTime(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d{3}Z$/, "Z");
}
