import { SettingError } from "../setting-error.ts";
import { describeMissing, describeUnfit, type OperatorObjects } from "./operator-objects.ts";
import type { CABundleRef } from "./trust.ts";

/** Key under which Flux, and the toolkit's pods, find the certificates. */
export const CA_KEY = "ca.crt";

const FIELD = "spec.caBundleRef";
const CERTIFICATE = /-----BEGIN CERTIFICATE-----\s+[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/;

/**
 * Finds the bundle and returns it in base64.
 *
 * Throws a SettingError when it is not there or has no certificate in it.
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
  if (!CERTIFICATE.test(Buffer.from(bundle, "base64").toString("latin1"))) {
    throw unfit(ref, `no certificate under key ${ref.key}`);
  }
  return bundle;
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
