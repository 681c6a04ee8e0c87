/** What stands in the place of a secret. */
const MASK = "***";

const PEM = /-----BEGIN[^-]*-----(?:[\s\S]*?-----END[^-]*-----|[\s\S]*)|\bLS0tLS1CRUdJTi[\w+/=-]*/g;
/** A signed token, or JSON in base64. */
const JWT = /\beyJ[\w+/=-]{8,}(?:\.[\w-]*){0,4}/g;
/** Go quotes what it took for a port, or for an escape, when a login has a `/`, `?`, `#` or `%` in it. */
const GO_PARSE_ERROR = /(invalid port |invalid URL escape )(\\*")[\s\S]*?\2/g;
/** `://`, also escaped or percent-encoded, and what follows in the same line, up to the next one. */
const URLS = /(?<start>:\/\/|:\\+\/\\+\/|(?::|%(?:25)*3A)%(?:25)*2F%(?:25)*2F)(?<rest>(?:(?!:\/\/|:\\+\/)[^\r\n])*)/gi;
const HOST = /^(?:(?:[\w-]+\.)+[\w-]+\.?|localhost|\[[\da-f:.]*\])(?<port>:\d{1,5})?(?=[^\w:@.-]|:?$|:\s)/i;
const PASSWORD = /^[^\s/?#@]*(?::|%(?:25)*3A)|^[^\s/?#]*?:(?!\d{1,5}(?:\W|$))/i;
const LOGIN_END = /(?:@|%(?:25)*40)(?!sha\d{3}(?::|%))(?=[\w[:])/gi;
const VERSION_AT = /^@v?\d+\.\d+\.\d+(?![.\d])/;
/** What is left of a URL's login when its end was cut off. */
const CUT_LOGIN = /^([^\s/:?#"'[\\]+):(?!\d{1,5}(?:\W|$)|\*)[^\s"'\\]+/;
const BARE_LOGIN = /(?<![\w/.%@-])([\w.%+-]{1,128}):(?!\/|\d{1,5}\/)[^\s@"']{1,256}@(?!sha\d{3}:)(?=[\w[])/g;

/** A quote: plain, escaped at any depth, percent-encoded, or as an entity. */
const QUOTE = String.raw`(?:\\*["'\x60]|\\+u00(?:22|27)|&(?:quot|apos|#3[49]);|%(?:25)*2[27])`;
/** Where a name may begin: not inside a word, but right after an escaped or encoded character. */
const NAME_START = String.raw`(?:(?<![\w.$\\-])|(?<=(?<![\w-])--?)|(?<=\\[nrt])|(?<=\\u[\da-f]{4})|(?<=%(?:25)*[\da-f]{2}))`;
const SEPARATOR = String.raw`(?:\s*(?:=>|:=|[:=]|\\+u003[ad]|%(?:25)*3[AD])\s*|(?<=--[\w.-]{1,128})\s+|(?<=<[\w:.-]{1,128})>)`;
/** The end of `form[name]=`. */
const BRACKET = String.raw`(?:\]|%(?:25)*5D)`;
const SAID_BEFORE = String.raw`(?:(?:invalid|unsupported|duplicate) value:\s*)?`;
/** A name and what separates it from its value, or the scheme before the credentials of HTTP. */
const NAMED = new RegExp(
  String.raw`${NAME_START}(?:(?<scheme>bearer|basic)(?:\s|\+|%(?:25)*20)+(?!realm=)|(?<name>[a-z_$][\w.$-]{0,127})${QUOTE}?${BRACKET}*${SEPARATOR}${SAID_BEFORE})`,
  "gi",
);
const NAME_WITH =
  /token|secret|passw|passphrase|pwd|signature|credential|authorization|cookie|session|jwt|assertion|hmac|kubeconfig|dockerconfig|auth(?:info|data|code|header|string|value|key)/;
const NAME_WORD = /(?:keys?|auth|pass|creds?|sig)$|^(?:sign|otp|pw|psk)$/;

const NO_VALUE =
  /^(?:(?:null|nil|none|undefined|true|false)(?:[,;&)\]}].*)?|\*+(?:\W.*)?|….*|\/\/.*|v?\d+(?:\.\d+)+|)$/i;
/** Words that go on with a sentence after `token: ` and the like. */
const ORDINARY = new Set(
  (
    "a an the no not yes is are was were be must should cannot could can has have found expected required missing " +
    "invalid unknown unexpected unsupported unable failed failure error expired denied forbidden unauthorized refused " +
    "rejected revoked malformed empty changed exists already does did waiting for from of in on to at by with without " +
    "and or get read open parse decode verify signature bearer basic auth authentication authorization token tokens " +
    "credential credentials challenge access scheme constraints"
  ).split(" "),
);
const NAMED_OBJECT = /(?:secrets?|configmaps?)\s+\\*["']/iy;

/**
 * Replaces what its surroundings show to be a secret: logins in URLs, values whose name speaks of a secret in queries,
 * forms, JSON and plain text, credentials of HTTP, keys in PEM and signed tokens.
 *
 * It looks at structure only and rather hides too much. Applied to its own result it changes nothing.
 */
export function maskSecrets(text: string): string {
  const withoutLogins = text
    .replace(PEM, MASK)
    .replace(JWT, MASK)
    .replace(GO_PARSE_ERROR, `$1${MASK}`)
    .replace(URLS, (_url, start: string, rest: string) => start + maskLogin(rest));
  return maskValues(withoutLogins).replace(BARE_LOGIN, `$1:${MASK}@`);
}

/** Whether a field of this name holds a secret. */
export function isSecretName(name: string): boolean {
  const words = name.replace(/([a-z\d])([A-Z])/g, "$1 $2").toLowerCase();
  return NAME_WITH.test(words.replace(/[^a-z]/g, "")) || words.split(/[^a-z]+/).some((word) => NAME_WORD.test(word));
}

function maskLogin(rest: string): string {
  const end = loginEnd(rest);
  return end > 0 ? MASK + rest.slice(end) : rest.replace(CUT_LOGIN, `$1:${MASK}`);
}

/** Where the login at the beginning ends; 0 when there is none. What a password may hold, URLs must not: be lenient. */
function loginEnd(rest: string): number {
  const host = HOST.exec(rest);
  if (host !== null && host.groups?.["port"] === undefined) {
    return 0;
  }
  const mayHaveBlanks = host === null && PASSWORD.test(rest);
  const ends = [...rest.matchAll(LOGIN_END)].map(({ index }) => index);
  const blank = /\s/.exec(rest)?.index ?? rest.length;
  const fitting = ends.filter((end) => end < blank || (mayHaveBlanks && !VERSION_AT.test(rest.slice(end, end + 32))));
  return fitting.at(-1) ?? 0;
}

function maskValues(text: string): string {
  let masked = "";
  let done = 0;
  for (const { index, 0: match, groups: { name, scheme } = {} } of text.matchAll(NAMED)) {
    const start = index + match.length;
    if (index >= done && (scheme !== undefined || isSecretName(name ?? ""))) {
      const isPath = text[index - 1] === "/" && !match.includes("=");
      const end = valueEnd(text, { start, name: name ?? "", isPath, lineStart: isLineStart(text, index) });
      masked += text.slice(done, start) + (end > start ? MASK : "");
      done = end;
    }
  }
  return masked + text.slice(done);
}

type Place = {
  readonly start: number;
  readonly name: string;
  /** The name is the last part of a path: that of an image, a file or an object. */
  readonly isPath: boolean;
  /** The name begins a line of several, as in YAML. */
  readonly lineStart: boolean;
};

/** Where the value ends that begins at `start`; there itself when it is none that has to be hidden. */
function valueEnd(text: string, { start, name, isPath, lineStart }: Place): number {
  const quote = matchAt(new RegExp(QUOTE, "iy"), text, start);
  if (quote !== "") {
    return quotedEnd(text, start, quote);
  }
  if (isPath) {
    return start;
  }
  if (matchAt(/(?:map|&)?[[{]/y, text, start) !== "") {
    return bracketEnd(text, start);
  }
  return wordEnd(text, { start, name, lineStart });
}

function wordEnd(text: string, { start, name, lineStart }: Omit<Place, "isPath">): number {
  const said = matchAt(/\S+/y, text, start);
  const word = said.replace(/["'`\\,:;.)\]}>]+$/, "");
  const end = start + word.length;
  // Of a scheme of HTTP that is not known, the credentials come after it.
  const credentials = /authorization$/i.test(name) && word === said ? matchAt(/\s+\S+/y, text, end) : "";
  const isSchemeToken = credentials !== "" && /^token$/i.test(word);
  if (NO_VALUE.test(word) || (!isSchemeToken && isSentence(text, start, word))) {
    return start;
  }
  if (/^[|>][+-]?$/.test(word)) {
    return text.length;
  }
  return lineStart || /cookie$/i.test(name)
    ? start + matchAt(/[^\r\n]*/y, text, start).trimEnd().length
    : end + credentials.length;
}

function isSentence(text: string, start: number, word: string): boolean {
  const isApart = /\s/.test(text[start - 1] ?? "");
  return isApart && (ORDINARY.has(word.toLowerCase()) || matchAt(NAMED_OBJECT, text, start) !== "");
}

function isLineStart(text: string, index: number): boolean {
  const begin = text.lastIndexOf("\n", index - 1) + 1;
  return text.includes("\n") && index - begin < 256 && /^[\s"'-]*$/.test(text.slice(begin, index));
}

/** The end of what `quote` begins. A quote inside has more backslashes than its own depth of escaping asks for. */
function quotedEnd(text: string, start: number, quote: string): number {
  const mark = quote.replace(/^\\+(?!u)/, "");
  const depth = quote.length - mark.length;
  let from = start + quote.length;
  for (;;) {
    const at = text.indexOf(mark, from);
    if (at < 0) {
      return text.length;
    }
    const backslashes = matchAt(/\\*$/, text.slice(start + quote.length, at), 0).length;
    from = at + mark.length;
    const isClosing = mark.startsWith("\\") || backslashes % (2 * (depth + 1)) === depth;
    if (isClosing && /^(?:[\s,;:)\]}>&.?!\\"'`%]|$)/.test(text.slice(from, from + 1))) {
      return from === start + 2 * quote.length ? start : from;
    }
  }
}

function bracketEnd(text: string, start: number): number {
  let depth = 0;
  for (let at = start; at < text.length; at += 1) {
    const character = text[at] ?? "";
    depth += "[{".includes(character) ? 1 : "]}".includes(character) ? -1 : 0;
    if (depth === 0 && "]}".includes(character)) {
      return text[at - 1] === "[" || text[at - 1] === "{" ? start : at + 1;
    }
  }
  return text.length;
}

function matchAt(pattern: RegExp, text: string, at: number): string {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? "";
}
