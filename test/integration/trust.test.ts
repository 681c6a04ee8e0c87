import assert from "node:assert/strict";
import { createHash, generateKeyPairSync } from "node:crypto";
import { after, before, describe, it } from "node:test";

import { createCertificate } from "../../sim/certificate.ts";
import { refOf } from "../../sim/client.ts";
import type { Obj } from "../../sim/object.ts";
import type { ObjRef } from "../../sim/resource-paths.ts";
import { listAt, objectAt, textAt, valueAt } from "../../sim/value-at.ts";
import { RELEASE_NAMESPACE } from "../../src/ocm/names.ts";
import { copyName } from "../../src/ocm/chart-secrets.desired.ts";
import { awaitEvent } from "../support/await-event.ts";
import { awaitGone, awaitPresent } from "../support/await-object.ts";
import { kindOf, ref } from "../support/kinds.ts";
import { awaitReady, awaitReason, conditionOf, isReady, type ServiceObj } from "../support/ocm-status.ts";
import { refsOf, type TenantRefs } from "../support/tenant-refs.ts";
import {
  ocm,
  POD_NAMESPACE,
  pullSecret,
  startRunningWorld,
  type Tenant,
  UNJUDGED,
  type World,
} from "../support/world.ts";

const IMAGES = "image-registry";
const CONFIG = ref("providerConfig", "ocm");
const OURS = ref("secret", IMAGES, RELEASE_NAMESPACE);
const AUTHORITIES = { apiVersion: "v1", kind: "ConfigMap", name: "authorities", namespace: POD_NAMESPACE };
const values = { manager: { imagePullSecrets: [{ name: IMAGES }] } };

describe("secrets and trust", () => {
  let world: World;
  let tenant: Tenant;
  let refs: TenantRefs;
  before(async () => {
    // What happens within the test happens because of a watch, or because somebody asked for a check.
    world = await startRunningWorld({ pollInterval: "1h", values });
    tenant = await world.order({ name: "mcp-01", namespace: "project-x--ws-y" });
    refs = refsOf(tenant);
  });
  after(() => world.stop());

  function configure(spec: Readonly<Record<string, unknown>>): Promise<Obj> {
    return world.platform.patchMerge(CONFIG, { spec });
  }

  async function create(
    kind: "Secret" | "ConfigMap",
    name: string,
    data: Readonly<Record<string, string>>,
  ): Promise<void> {
    const encoded = Object.entries(data).map(([key, text]) => [key, Buffer.from(text).toString("base64")] as const);
    await world.platform.create({
      apiVersion: "v1",
      kind,
      metadata: { name, namespace: POD_NAMESPACE },
      data: kind === "Secret" ? Object.fromEntries(encoded) : data,
    });
  }

  function awaitCopy(name: string): Promise<Obj> {
    return awaitPresent(world.platform, ref("secret", name, tenant.tenantNamespace), () => true, {
      what: `the copy ${name} is in the tenant namespace`,
    });
  }

  /** Gives image credentials and authorities another content, and returns the certificates. */
  async function rotate(words: string): Promise<string> {
    const rotated = pullSecret(`{"auths":{"${words}":{}}}`, IMAGES);
    await world.platform.patchMerge(refOf(rotated), { data: rotated["data"] });
    return rotateAuthorities();
  }

  async function rotateAuthorities(): Promise<string> {
    const { caPem } = await createCertificate();
    await world.platform.patchMerge(AUTHORITIES, { data: { "ca.crt": caPem } });
    return caPem;
  }

  async function awaitRotated(words: string, caPem: string): Promise<void> {
    const name = copyName("ca", "authorities");
    const isNew = (copy: Obj): boolean =>
      Buffer.from(textAt(copy, "data", "ca.crt"), "base64")
        .toString()
        .trim() === caPem.trim();
    await awaitPresent(tenant.mcp, OURS, (copy) => dockerConfigOf(copy).includes(words), {
      what: "the image credentials are rotated",
    });
    await awaitPresent(tenant.mcp, ref("secret", name, RELEASE_NAMESPACE), isNew, { what: "the authorities are" });
    await awaitPresent(world.platform, ref("secret", name, tenant.tenantNamespace), isNew, {
      what: "and those for the chart",
    });
  }

  async function awaitPodsWithout(digest: string): Promise<void> {
    const [{ metadata } = { metadata: { name: "" } }] = await tenant.mcp.list(deploymentsOf());
    const pods = ref("deployment", metadata.name, RELEASE_NAMESPACE);
    await awaitPresent(tenant.mcp, pods, (found) => digestOf(found) !== digest, { what: "the pods have a new digest" });
  }

  it("let no release begin before its image pull secrets are there to be copied", async () => {
    const [version = ""] = world.ground.charts.versions;
    await world.onboarding.create(ocm(tenant, version));

    const waiting = await awaitReason(world.onboarding, refs.ocm, "ReleaseReady", "ReferenceNotFound");
    assert.match(
      conditionOf(waiting, "ReleaseReady")?.message ?? "",
      /^manager\.imagePullSecrets in the values .* Secret "image-registry", which does not exist in namespace "openmcp-system"$/,
    );
    await awaitReason(world.onboarding, refs.ocm, "ChartReady", "ChartFetched");
    assert.equal(await world.platform.find(refs.release), undefined);

    await world.platform.create(pullSecret('{"auths":{"images":{}}}', IMAGES));
    assert.deepEqual(secretsOnControlPlane(await awaitReady(world.onboarding, tenant)), [IMAGES]);
    const copy = await tenant.mcp.get(OURS);
    assert.equal(copy["type"], "kubernetes.io/dockerconfigjson");
    assert.equal(dockerConfigOf(copy), '{"auths":{"images":{}}}');
    assert.equal(copy.metadata.labels?.["openmcp.cloud/managed-by"], "ocm.services.openmcp.cloud");
    const [deployment] = await tenant.mcp.list(deploymentsOf());
    assert.deepEqual(valueAt(podOf(deployment), "imagePullSecrets"), [{ name: IMAGES }]);
  });

  it("have the copy on the control plane follow its original", async () => {
    const rotated = pullSecret('{"auths":{"rotated":{}}}', IMAGES);
    await world.platform.patchMerge(refOf(rotated), { data: rotated["data"] });

    await awaitPresent(tenant.mcp, OURS, (copy) => dockerConfigOf(copy) === '{"auths":{"rotated":{}}}', {
      what: "the copy is rotated",
    });
  });

  it("bring back a copy that was removed from the control plane when somebody asks for a check", async () => {
    await tenant.mcp.delete(OURS);
    await askForCheck(world, refs.ocm);

    await awaitPresent(tenant.mcp, OURS, (copy) => dockerConfigOf(copy) !== "", { what: "the copy is back" });
    await awaitReady(world.onboarding, tenant);
  });

  it("leave a foreign secret on a control plane alone, say so, and take everything of theirs away at the end", async () => {
    const other = await world.order({ name: "mcp-02", namespace: "project-x--ws-y" });
    const others = refsOf(other);
    await other.mcp.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: RELEASE_NAMESPACE } });
    const { apiVersion, kind } = OURS;
    const metadata = { name: IMAGES, namespace: RELEASE_NAMESPACE };
    const foreign = await other.mcp.create({ apiVersion, kind, metadata, type: "Opaque" });
    const [version = ""] = world.ground.charts.versions;
    await world.onboarding.create(ocm(other, version));

    const reported = await awaitReason(world.onboarding, others.ocm, "ReleaseReady", "ForeignObject");
    assert.match(conditionOf(reported, "ReleaseReady")?.message ?? "", /^Secret "image-registry" in namespace/);
    const { resourceVersion } = (await other.mcp.get(OURS)).metadata;
    assert.equal(resourceVersion, foreign.metadata.resourceVersion);
    assert.equal(await world.platform.find(others.release), undefined);

    await other.mcp.delete(OURS);
    await askForCheck(world, others.ocm);
    await awaitReady(world.onboarding, other);
    assert.ok(!JSON.stringify(await other.mcp.get(OURS)).includes("mcp-01"));

    await world.onboarding.delete(others.ocm);
    await awaitGone(world.onboarding, others.ocm, 60_000);
    assert.equal(await other.mcp.find(OURS), undefined);
    assert.equal(await world.platform.find(others.accessRequest), undefined);
  });

  it("have the chart's pull and the toolkit's pods trust further authorities", async () => {
    const { caPem } = await createCertificate();
    await configure({ caBundleRef: { name: "authorities" } });
    const missing = await awaitReason(world.onboarding, refs.ocm, "ChartReady", "ReferenceNotFound");
    assert.match(
      conditionOf(missing, "ChartReady")?.message ?? "",
      /^spec\.caBundleRef of the ProviderConfig names ConfigMap "authorities", which does not exist/,
    );

    await create("ConfigMap", "authorities", { "ca.crt": caPem });

    const name = copyName("ca", "authorities");
    await awaitPodsWith(tenant, name);
    assert.deepEqual(secretsOnControlPlane(await awaitReady(world.onboarding, tenant)), [IMAGES, name]);
    const expected = { "ca.crt": Buffer.from(caPem).toString("base64") };
    assert.deepEqual((await awaitCopy(name))["data"], expected);
    assert.deepEqual((await tenant.mcp.get(ref("secret", name, RELEASE_NAMESPACE)))["data"], expected);
    assert.equal(textAt(await world.platform.get(refs.source), "spec", "certSecretRef", "name"), name);
  });

  it("copy only certificates of a file that has a private key as well", async () => {
    const { caPem, keyPem } = await createCertificate();
    await world.platform.patchMerge(AUTHORITIES, { data: { "ca.crt": `${keyPem}\n${caPem}` } });

    const name = copyName("ca", "authorities");
    const isNew = (copy: Obj): boolean =>
      Buffer.from(textAt(copy, "data", "ca.crt"), "base64")
        .toString()
        .trim() === caPem.trim();
    await awaitPresent(tenant.mcp, ref("secret", name, RELEASE_NAMESPACE), isNew, {
      what: "the certificates are there",
    });
    await awaitPresent(world.platform, ref("secret", name, tenant.tenantNamespace), isNew, {
      what: "and for the chart",
    });
  });

  it("start the pods anew when the authorities are rotated", async () => {
    const earlier = digestOf(await podsOf(tenant));
    const { caPem } = await createCertificate();
    await world.platform.patchMerge(AUTHORITIES, { data: { "ca.crt": caPem } });

    await awaitPodsWithout(earlier);
    await awaitReady(world.onboarding, tenant);
  });

  it("reach every copy of a version that was taken back, when they are rotated, and its pods", async () => {
    const [, otherVersion = ""] = world.ground.charts.versions;
    await configure({ versions: [{ version: otherVersion }] });
    await awaitReason(world.onboarding, refs.ocm, "ChartReady", "VersionWithdrawn");
    const earlier = digestOf(await podsOf(tenant));

    const caPem = await rotate("withdrawn");

    await awaitRotated("withdrawn", caPem);
    await awaitPodsWithout(earlier);
    await awaitPresent<ServiceObj>(world.onboarding, refs.ocm, isReady, { what: "it is Ready as it is" });
    assert.equal(conditionOf(await world.onboarding.get(refs.ocm), "ChartReady")?.reason, "VersionWithdrawn");
  });

  it("leave there what such a version needs and the settings do not name any more", async () => {
    await configure({ values: null });
    const earlier = digestOf(await podsOf(tenant));
    await rotateAuthorities();
    await awaitPodsWithout(earlier);

    assert.ok(dockerConfigOf(await tenant.mcp.get(OURS)).includes("withdrawn"));
    await configure({ values, versions: null });
    await awaitReason(world.onboarding, refs.ocm, "ChartReady", "ChartFetched");
  });

  it("reach what runs while its tenant asks for what is not on offer", async () => {
    const [version = "", otherVersion = ""] = world.ground.charts.versions;
    await configure({ versions: [{ version }, { version: otherVersion }] });
    await world.onboarding.patchMerge(refs.ocm, { spec: { version: "9.9.9" } }, UNJUDGED);
    await awaitReason(world.onboarding, refs.ocm, "ChartReady", "VersionNotOffered");

    const caPem = await rotate("refused");

    await awaitRotated("refused", caPem);
    await world.onboarding.patchMerge(refs.ocm, { spec: { version } });
    await configure({ versions: null });
    await awaitReady(world.onboarding, tenant, version);
  });

  it("take away what nobody wants any more once the release does without it", async () => {
    const name = copyName("ca", "authorities");
    await configure({ caBundleRef: null, values: null });

    await awaitGone(tenant.mcp, ref("secret", name, RELEASE_NAMESPACE));
    await awaitGone(tenant.mcp, OURS);
    await awaitGone(world.platform, ref("secret", name, tenant.tenantNamespace));
    await awaitPresent<ServiceObj>(
      world.onboarding,
      refs.ocm,
      (found) => isReady(found) && secretsOnControlPlane(found).length === 0,
      { what: "it is Ready and lists them no more" },
    );
    assert.ok(!JSON.stringify(await podsOf(tenant)).includes(name));
  });

  it("hand verification and proxy to Flux with the keys they need, and take them back", async () => {
    const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    await create("Secret", "signers", {
      "cosign.pub": publicKey.export({ type: "spki", format: "pem" }),
      "cosign.key": privateKey.export({ type: "pkcs8", format: "pem" }),
    });
    await create("Secret", "proxy", { address: "http://127.0.0.1:9" });

    await configure({
      verify: { provider: "cosign", secretRef: { name: "signers" } },
      proxySecretRef: { name: "proxy" },
    });

    const [keys, proxy] = [copyName("verify", "signers"), copyName("proxy", "proxy")];
    const source = await awaitPresent(
      world.platform,
      refs.source,
      (found) => textAt(found, "spec", "proxySecretRef", "name") === proxy,
      { what: "the OCIRepository uses the proxy" },
    );
    assert.deepEqual(valueAt(source, "spec", "verify"), { provider: "cosign", secretRef: { name: keys } });
    assert.deepEqual(Object.keys(objectAt(await awaitCopy(keys), "data")), ["cosign.pub"]);
    assert.deepEqual(Object.keys(objectAt(await awaitCopy(proxy), "data")), ["address"]);

    await configure({ verify: null, proxySecretRef: null });
    await awaitGone(world.platform, ref("secret", keys, tenant.tenantNamespace));
    await awaitGone(world.platform, ref("secret", proxy, tenant.tenantNamespace));
    await awaitReady(world.onboarding, tenant);
  });

  for (const password of ["s3/cr3t", "s3 cr3t", "s3#cr3t"]) {
    it(`refuse a proxy whose address holds the password ${password}, and show nothing of it`, async () => {
      const name = `proxy-${createHash("sha256").update(password).digest("hex").slice(0, 8)}`;
      await create("Secret", name, { address: `http://user:${password}@proxy.corp:3128` });
      await configure({ proxySecretRef: { name } });

      const refused = await awaitReason(world.onboarding, refs.ocm, "ChartReady", "ReferenceInvalid");
      await awaitEvent(world.onboarding, refs.ocm, "ReferenceInvalid", name);
      const events = await world.onboarding.list(kindOf("event", tenant.namespace));
      assert.doesNotMatch(JSON.stringify([refused.status, events]), /s3|cr3t/);

      await configure({ proxySecretRef: null });
      await awaitReady(world.onboarding, tenant);
    });
  }
});

/** Names of the Secrets that the status lists on the control plane. */
function secretsOnControlPlane({ status }: ServiceObj): readonly (string | undefined)[] {
  const listed = (status?.resources ?? []).filter(({ location }) => location === "ManagedControlPlane");
  return listed.filter(({ kind }) => kind === "Secret").map(({ name }) => name);
}

function askForCheck({ onboarding }: World, object: ObjRef): Promise<Obj> {
  return onboarding.patchMerge(object, { metadata: { annotations: { "openmcp.cloud/operation": "reconcile" } } });
}

function deploymentsOf(): { readonly apiVersion: string; readonly kind: string; readonly namespace: string } {
  return { apiVersion: "apps/v1", kind: "Deployment", namespace: RELEASE_NAMESPACE };
}

async function podsOf({ mcp }: Tenant): Promise<Obj | undefined> {
  const [deployment] = await mcp.list(deploymentsOf());
  return deployment;
}

function podOf(deployment: Obj | undefined): unknown {
  return valueAt(deployment, "spec", "template", "spec");
}

function digestOf(deployment: Obj | undefined): string {
  return textAt(deployment, "spec", "template", "metadata", "annotations", "ocm.services.openmcp.cloud/ca-bundle");
}

/** Waits until the toolkit's pods have a Secret mounted where Go looks for certificates. */
async function awaitPodsWith(tenant: Tenant, secretName: string): Promise<void> {
  const name = (await podsOf(tenant))?.metadata.name ?? "";
  const deployment = await awaitPresent(
    tenant.mcp,
    ref("deployment", name, RELEASE_NAMESPACE),
    (found) => listAt(podOf(found), "volumes").some((volume) => textAt(volume, "secret", "secretName") === secretName),
    { what: "the pods have the Secret as a volume" },
  );
  const [container] = listAt(podOf(deployment), "containers");
  const mounts = listAt(container, "volumeMounts").filter((mount) => textAt(mount, "name") === "ocm-ca-bundle");
  assert.deepEqual(mounts, [{ mountPath: "/etc/ocm-ca-bundle", name: "ocm-ca-bundle", readOnly: true }]);
  assert.ok(
    listAt(container, "env").some(
      (variable) =>
        textAt(variable, "name") === "SSL_CERT_DIR" &&
        textAt(variable, "value") === "/etc/ssl/certs:/etc/ocm-ca-bundle",
    ),
  );
  assert.notEqual(digestOf(deployment), "");
}

function dockerConfigOf(secret: Obj): string {
  return Buffer.from(textAt(secret, "data", ".dockerconfigjson"), "base64").toString();
}
