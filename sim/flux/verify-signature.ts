import { createPublicKey, verify, type KeyObject } from "node:crypto";

import type { SimClient } from "../client.ts";
import type { Obj } from "../object.ts";
import { objectAt, textAt, valueAt } from "../value-at.ts";
import type { ChartRegistry, StoredChart, StoredSignature } from "./chart-registry.ts";
import type { StatusDraft } from "./status-draft.ts";

// A signature is not what it should be; the message is what the source-controller says.
class VerificationError extends Error {
  override readonly name = "VerificationError";
}

/** Where keys and signatures are. */
export type VerificationContext = { readonly client: SimClient; readonly registry: ChartRegistry };

/** Verifies what is new, and what failed the last time, if verification is asked for; says what is wrong with it. */
export async function verifySource(
  context: VerificationContext,
  draft: StatusDraft,
  { manifestDigest, revision }: Pick<StoredChart, "manifestDigest"> & { readonly revision: string },
): Promise<{ readonly reason: string; readonly message: string } | undefined> {
  if (valueAt(draft.object, "spec", "verify") === undefined) {
    draft.drop("SourceVerified");
    return undefined;
  }
  const before = draft.condition("SourceVerified");
  const isStored = textAt(draft.field("artifact"), "revision") === revision;
  if (isStored && before?.status === "True" && before.observedGeneration === draft.generation) {
    return undefined;
  }
  try {
    await verifySignature(context, draft.object, manifestDigest);
  } catch (error) {
    if (!(error instanceof VerificationError)) {
      throw error;
    }
    return { reason: "VerificationError", message: error.message };
  }
  draft.mark("SourceVerified", "True", "Succeeded", `verified signature of revision ${revision}`);
  return undefined;
}

// Only signatures that cosign makes with a key: those without one, and those of notation, need services of others.
async function verifySignature(
  { client, registry }: VerificationContext,
  source: Obj,
  manifestDigest: string,
): Promise<void> {
  const provider = textAt(source, "spec", "verify", "provider");
  const name = textAt(source, "spec", "verify", "secretRef", "name");
  const fail = (why: string): VerificationError =>
    new VerificationError(`failed to verify the signature using provider '${provider}': ${why}`);
  if (provider !== "cosign" || name === "") {
    throw fail("the stand-in knows no signatures but those that cosign makes with a key");
  }
  const { namespace = "" } = source.metadata;
  const secret = await client.find({ apiVersion: "v1", kind: "Secret", namespace, name });
  if (secret === undefined) {
    throw fail(`secrets "${name}" not found`);
  }
  const signatures = registry.signaturesOf(manifestDigest);
  for (const [key, encoded] of Object.entries(objectAt(secret, "data"))) {
    if (key.endsWith(".pub") && signatures.some((signature) => isSignedBy(readKey(encoded, fail), signature))) {
      return;
    }
  }
  const place = textAt(source, "spec", "url").replace(/^oci:\/\//, "");
  throw fail(`no matching signatures were found for '${place}@${manifestDigest}'`);
}

function readKey(encoded: unknown, fail: (why: string) => VerificationError): KeyObject {
  try {
    return createPublicKey(Buffer.from(String(encoded), "base64"));
  } catch {
    throw fail("PEM decoding failed");
  }
}

function isSignedBy(key: KeyObject, { payload, signature }: StoredSignature): boolean {
  return verify("sha256", payload, key, Buffer.from(signature, "base64"));
}
