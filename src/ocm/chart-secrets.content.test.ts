import assert from "node:assert/strict";
import { describe, it } from "node:test";

import {
  certificates,
  contentOf,
  type Fault,
  type Reference,
  registryLogins,
} from "../openmcp/service/operator-objects.ts";
import { proxyAddress, verificationKeys } from "./chart-secrets.desired.ts";
import { encode, operatorWith, pem } from "./testing/operator-objects.ts";

const CERTIFICATE = pem("CERTIFICATE");
const KEY = pem("PRIVATE KEY");
const PUBLIC = pem("PUBLIC KEY");
const POLICY = '{"version":"1.0","trustPolicies":[]}';
const LOGINS = ".dockerconfigjson";

const bundle = certificates("x");
const { cosign, notation } = verificationKeys;

function referenceFor(use: Reference["use"], kind: Reference["kind"] = "Secret"): Reference {
  return { kind, name: "x", field: "spec.field", use };
}

/** Returns the fault of a reference that cannot be used. */
function faultOf(...[reference, operator]: Parameters<typeof contentOf>): Fault {
  const content = contentOf(reference, operator);
  return "reason" in content ? content : assert.fail("found content");
}

describe("contentOf", () => {
  type Texts = Readonly<Record<string, string>>;
  const reduced: readonly (readonly [content: string, Reference["use"], found: Texts, taken: Texts])[] = [
    ["certificates", bundle, { x: CERTIFICATE, other: "o" }, { "ca.crt": CERTIFICATE }],
    ["a private key behind a certificate", bundle, { x: CERTIFICATE + KEY }, { "ca.crt": CERTIFICATE }],
    ["a private key before a certificate", bundle, { x: `${KEY}\n${CERTIFICATE}` }, { "ca.crt": CERTIFICATE }],
    [
      "certificates with comments",
      bundle,
      { x: `subject=x\n${CERTIFICATE}# password: x\n${CERTIFICATE}` },
      { "ca.crt": CERTIFICATE + CERTIFICATE },
    ],
    [
      "a key inside of a certificate",
      bundle,
      { x: CERTIFICATE + CERTIFICATE.replace("TUl", KEY) },
      { "ca.crt": CERTIFICATE },
    ],
    ["a key under another label", bundle, { x: CERTIFICATE + pem("EC PARAMETERS") + KEY }, { "ca.crt": CERTIFICATE }],
    [
      "certificates with Windows line ends and a key",
      bundle,
      { x: CERTIFICATE.replaceAll("\n", "\r\n") + KEY },
      { "ca.crt": `${CERTIFICATE.replaceAll("\n", "\r\n").trimEnd()}\n` },
    ],
    ["certificates behind a byte order mark", bundle, { x: `\uFEFF${CERTIFICATE}` }, { "ca.crt": CERTIFICATE }],
    ["a key pair", cosign, { "a.pub": KEY + PUBLIC, "cosign.key": KEY }, { "a.pub": PUBLIC }],
    ["a private key beside a public one", cosign, { "a.pub": PUBLIC, "b.pub": KEY }, { "a.pub": PUBLIC }],
    [
      "a policy with certificates and keys",
      notation,
      {
        "trustpolicy.json": '{"version":"1.0","trustPolicies":[],"token":"x"}',
        "a.pem": KEY + CERTIFICATE,
        "b.crt": KEY,
        "c.pub": PUBLIC,
      },
      { "trustpolicy.json": POLICY, "a.pem": CERTIFICATE },
    ],
    [
      "a policy with escaped letters",
      notation,
      { "trustpolicy.json": String.raw`{"trustPolicies":["\u00e9"]}` },
      { "trustpolicy.json": '{"trustPolicies":["é"]}' },
    ],
    [
      "an address with a line end",
      proxyAddress,
      { address: "http://u:p%20@proxy:1/\n" },
      { address: "http://u:p%20@proxy:1/" },
    ],
    [
      "more than an address and a login",
      proxyAddress,
      { address: "socks5://[::1]:1", username: "u", password: "p /", "tls.key": KEY },
      { address: "socks5://[::1]:1", username: "u", password: "p /" },
    ],
    ...(
      [
        ['{"auths":{"ghcr.io":{"auth":"dTpw"}}}', '{"auths":{"ghcr.io":{"auth":"dTpw"}}}'],
        [
          '{"auths":{"a":{"username":"ü","password":"p","x":"y","auth":1},"b":"c"},"HttpHeaders":{"X":"y"},"proxies":{}}',
          '{"auths":{"a":{"username":"ü","password":"p"},"b":{}}}',
        ],
        ['{"auths":{"__proto__":{"auth":"dTpw"}}}', '{"auths":{"__proto__":{"auth":"dTpw"}}}'],
        ['{"credsStore":"x"}', "{}"],
        ['{"auths":null}', "{}"],
      ] as const
    ).map(([found, taken]) => [found, registryLogins, { [LOGINS]: found, x: "x" }, { [LOGINS]: taken }] as const),
  ];
  for (const [content, use, found, taken] of reduced) {
    it(`takes only the needed part of ${content}`, () => {
      assert.deepEqual(contentOf(referenceFor(use), operatorWith({ x: found })), {
        type: use.type,
        data: encode(taken),
      });
    });
  }

  it("takes the same from a ConfigMap as from a Secret", () => {
    const operator = operatorWith({ x: { x: CERTIFICATE } }, { configMaps: { x: { x: CERTIFICATE } } });

    assert.deepEqual(
      contentOf(referenceFor(bundle, "ConfigMap"), operator),
      contentOf(referenceFor(bundle, "Secret"), operator),
    );
  });

  const unfit: readonly (readonly [content: string, Reference["use"], found: Texts, message: RegExp])[] = [
    ["no bundle", bundle, { y: CERTIFICATE }, /no certificate under key x, expected one or more certificates in PEM/],
    ["a bundle of keys", bundle, { x: KEY }, /no certificate under key x/],
    ["a bundle that is cut", bundle, { x: CERTIFICATE.slice(0, -3) }, /no certificate under key x/],
    ["a private key as public one", cosign, { "a.pub": KEY }, /expected a key that ends in \.pub/],
    ["text as a public key", cosign, { "a.pub": "s3cr3t" }, /expected a key that ends in \.pub/],
    ["no policy", notation, { "a.pem": CERTIFICATE }, /expected a key trustpolicy\.json/],
    ["a policy that is no JSON", notation, { "trustpolicy.json": "s3cr3t" }, /expected a key trustpolicy\.json/],
    ["a policy without policies", notation, { "trustpolicy.json": '{"a":"s3cr3t"}' }, /with trustPolicies in JSON/],
    ["no address", proxyAddress, { username: "s3cr3t" }, /expected a key address/],
    ...[
      "http://user:s3/cr3t@proxy:3128",
      "http://user:s3 cr3t@proxy:3128",
      "http://user:s3#cr3t@proxy:3128",
      "http://user:s3?cr3t@proxy:3128",
      "http://user:s3%cr3t@proxy:3128",
      "user:s3cr3t@proxy:3128",
      "ftp://user:s3cr3t@proxy:3128",
      "",
    ].map((address) => [`the address ${address}`, proxyAddress, { address }, /expected a key address/] as const),
    ["logins in a Secret of another type", registryLogins, { x: "s3cr3t" }, /has type "Opaque", expected kubernetes/],
    ...['{"auths":[]}', '{"auths":"s3cr3t"}', "[]", "user:s3cr3t", KEY, ""].map(
      (text) => [text, registryLogins, { [LOGINS]: text }, /no Docker configuration .*, expected JSON with/] as const,
    ),
  ];
  for (const [content, use, found, message] of unfit) {
    it(`refuses ${content}, and quotes no content`, () => {
      const fault = faultOf(referenceFor(use), operatorWith({ x: found }));

      assert.equal(fault.reason, "ReferenceInvalid");
      assert.match(fault.message, /^Secret "x", which spec\.field of the ProviderConfig names, has /);
      assert.match(fault.message, message);
      assert.doesNotMatch(fault.message, /s3|cr3t|TUl/);
    });
  }

  it("tells an absent object from an object that cannot be read", () => {
    assert.deepEqual(faultOf(referenceFor(bundle, "ConfigMap"), operatorWith({})), {
      reason: "ReferenceNotFound",
      message:
        'spec.field of the ProviderConfig names ConfigMap "x", which does not exist in namespace "openmcp-system"',
    });
    assert.deepEqual(faultOf(referenceFor(bundle), operatorWith({}, { unknown: ["x"] })), {
      reason: "ReferenceUnreadable",
      message:
        'the ProviderConfig names Secret "x", which cannot be read at the moment; the platform operator sees why',
    });
  });
});
