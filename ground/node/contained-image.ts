import { contain } from "../image/contain.ts";
import type { UnpackedImage } from "../image/unpack-image.ts";
import { startProcess } from "../supervised-process.ts";
import type { ContainerStart, Image } from "./container.ts";

const SERVICE_ACCOUNT_FOLDER = "/var/run/secrets/kubernetes.io/serviceaccount";

/**
 * An image whose containers see the files of an unpacked image and no others, and find their cluster as in any pod.
 *
 * `after` gives arguments that a container needs here because it has no network of its own.
 */
export function containedImage(image: UnpackedImage, after: (start: ContainerStart) => readonly string[]): Image {
  return (start) => {
    const { serviceAccount, name, logPath, graceMs } = start;
    const { hostname, port } = new URL(serviceAccount.server);
    const command = contain({
      image,
      args: [...start.args, ...after(start)],
      env: { KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: port, ...start.env },
      mounts: { [SERVICE_ACCOUNT_FOLDER]: serviceAccount.folder },
    });
    return startProcess({ name, ...command, logPath, stopWithinMs: graceMs });
  };
}
