import fc from "fast-check";

/** A text of another system with a secret in it, every part of which bears `MARK`. */
export const MARK = "Zq9";

const PRINTABLE = [...Array.from({ length: 95 }, (_, code) => String.fromCodePoint(32 + code)), "é", "😀"];

function secretOf(characters: readonly string[]): fc.Arbitrary<string> {
  const piece = fc.string({ unit: fc.constantFrom(...characters), maxLength: 3 });
  return fc.array(piece, { maxLength: 5 }).map((pieces) => [MARK, ...pieces, ""].join(MARK));
}

const anything = secretOf(PRINTABLE);
const word = secretOf(PRINTABLE.filter((character) => character !== " "));
const unquoted = secretOf(PRINTABLE.filter((character) => !` '"\\`.includes(character)));
const alphanumeric = secretOf("abcXYZ019-_".split(""));

const NAMES = ["token", "secret", "password", "Password", "passwd", "pwd", "sig", "signature", "credential", "auth"];
const KEYS = ["sessionid", "masterkey", "basicauth", "userpass", "apiKey", "api_key", "accessToken", "ACCESS_KEY"];

/** Names of fields that hold secrets, as people and programs write them. */
const name = fc
  .tuple(
    fc.constantFrom("", "client_", "x-amz-", "registry.", "db_"),
    fc.constantFrom(...NAMES, ...KEYS),
    fc.constantFrom("", "_value", "2"),
  )
  .map((parts) => parts.join(""));

const json = fc.tuple(name, anything, fc.nat(3)).map(([field, secret, depth]) => {
  let text = JSON.stringify({ code: 401, [field]: secret, user: "me" });
  for (let level = 0; level < depth; level += 1) {
    text = JSON.stringify({ body: text, status: "failed" });
  }
  return text;
});

const query = fc.tuple(name, anything, fc.nat(2)).map(([field, secret, depth]) => {
  let url = `https://acct.blob.example/abc?se=2026&${field}=${encodeURIComponent(secret)}&sp=r`;
  for (let level = 0; level < depth; level += 1) {
    url = `https://login.example/?redirect=${encodeURIComponent(url)}`;
  }
  return `Get "${url}": dial tcp: i/o timeout`;
});

const login = fc.oneof(
  anything.map((secret) => `failed to parse proxy address 'http://user:${secret}@proxy.corp:3128'`),
  anything.map((secret) => `proxyconnect tcp: parse ${JSON.stringify(`socks5://me:${secret}@10.0.0.1:1080`)}: invalid`),
  anything.map((secret) => `url=${encodeURIComponent(`https://user:${secret}@git.example/x`)}`),
  alphanumeric.map((secret) => `GET https://${secret}@git.example/v2/: refused`),
  alphanumeric.map((secret) => `parse "http://user:${secret}": invalid port ":${secret}" after host`),
  unquoted.map((secret) => `proxy user:${secret}@proxy.corp:3128 refused`),
  unquoted.map((secret) => `Get "//user:${secret}@git.example/x": unsupported protocol scheme ""`),
);

const value = fc.oneof(
  fc.tuple(name, fc.constantFrom("=", ": ", ":", " = ", " => "), word).map((parts) => parts.join("")),
  fc.tuple(name, word).map(([field, secret]) => `exec: --${field} ${secret} --verbose`),
  fc
    .tuple(name, word)
    .map(([field, secret]) => `args: ${JSON.stringify(["login", `--${field}`, secret, "--verbose"])}`),
  fc
    .tuple(name, word)
    .map(([field, secret]) => `order in patch list: [map[name:${field} value:${secret}] map[name:b]]`),
  fc.tuple(name, anything).map(([field, secret]) => `env: ${JSON.stringify([{ name: field, value: secret }])}`),
  fc.tuple(name, anything).map(([field, secret]) => `env:\n- name: ${field}\n  value: ${secret}\n- name: b`),
  fc.tuple(name, word).map(([field, secret]) => `at .Values.${field}: ${secret}`),
  fc.tuple(name, alphanumeric).map(([field, secret]) => `${field}:\n  - ${secret}\n  - ${secret}\n`),
  anything.map((secret) => `the password ${JSON.stringify(secret)} is too short`),
  unquoted.map((secret) => `.dockerconfigjson: ${secret}`),
  alphanumeric.map((secret) => `denied: ghp_${secret.padEnd(36, "a")} may not pull`),
  fc.tuple(name, anything).map(([field, secret]) => `user%5B${field}%5D=${encodeURIComponent(secret)}&a=1`),
  fc.tuple(name, word).map(([field, secret]) => `map[user:me ${field}:${secret}]`),
  fc.tuple(name, anything).map(([field, secret]) => `${field}='${secret.replaceAll("'", "")}' user='me'`),
  fc.tuple(name, anything).map(([field, secret]) => `a:\n  ${field}: ${secret}\n  user: me`),
  fc
    .tuple(name, anything)
    .map(([field, secret]) => `spec.${field}: Invalid value: ${JSON.stringify(secret)}: too long`),
);

const credentials = fc.oneof(
  fc
    .tuple(fc.constantFrom("Bearer ", "basic ", "Bearer%20", "Authorization: Token "), word)
    .map((parts) => parts.join("")),
  alphanumeric.map((secret) => `token eyJhbGciOiJIUzI1NiJ9.${secret}.${secret} is expired`),
  anything.map((secret) => `-----BEGIN RSA PRIVATE KEY-----\n${secret}\n-----END RSA PRIVATE KEY-----`),
  anything.map((secret) => `-----BEGIN PRIVATE KEY-----\n${secret}`),
);

/** Texts as Flux, registries and API servers say them, with a secret in one of the many shapes that it can have. */
export const plantedTexts: fc.Arbitrary<string> = fc
  .tuple(
    fc.constantFrom("", "failed to pull: ", "chart chart@0.4.0+25c360249aca: "),
    fc.oneof(json, query, login, value, credentials),
    fc.constantFrom("", "\n", ", retrying"),
  )
  .map((parts) => parts.join(""));
