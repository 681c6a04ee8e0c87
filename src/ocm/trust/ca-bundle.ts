import { SettingError, type CABundleRef } from "../settings.ts";
import { describeMissing, describeUnfit, type OperatorObjects } from "./operator-objects.ts";
import { pemBlocks } from "./pem-blocks.ts";

/** Key under which Flux, and the toolkit's pods, find the certificates. */
export const CA_KEY = "ca.crt";

const FIELD = "spec.caBundleRef";

/**
 * Finds the bundle and returns its certificates in base64.
 *
 * Only these: a file with certificates often holds the private key as well, and tenants read the copy. Throws a
 * SettingError when the bundle is not there or has no certificate in it.
 */
export function findCABundle(ref: CABundleRef, operator: OperatorObjects): string {
  const data = dataOf(ref, operator);
  if (data === undefined) {
    throw new SettingError("ReferenceNotFound", describeMissing(FIELD, ref, operator));
  }
  const bundle = Object.hasOwn(data, ref.key) ? data[ref.key] : undefined;
  if (bundle === undefined) {
    throw unfit(ref, `no key ${ref.key}`);
  }
  const certificates = pemBlocks(Buffer.from(bundle, "base64").toString("latin1"), ["CERTIFICATE"]);
  if (certificates === undefined) {
    throw unfit(ref, `no certificate under key ${ref.key}`);
  }
  return Buffer.from(certificates).toString("base64");
}

function dataOf({ kind, name }: CABundleRef, operator: OperatorObjects): Readonly<Record<string, string>> | undefined {
  if (kind === "Secret") {
    const found = operator.secret(name);
    return found === undefined ? undefined : (found.data ?? {});
  }
  const found = operator.configMap(name);
  return (
    found &&
    Object.fromEntries(
      Object.entries(found.data ?? {}).map(([key, text]) => [key, Buffer.from(text).toString("base64")]),
    )
  );
}

function unfit(ref: CABundleRef, found: string): SettingError {
  const flaw = { found, expected: "one or more certificates in PEM" };
  return new SettingError("ReferenceInvalid", describeUnfit(FIELD, ref, flaw));
}
