import { forgetOldest, remember } from "./remember.ts";

/** Replaces a secret. */
const MASK = "***";

const PEM = /-----BEGIN[^-]*-----(?:[\s\S]*?-----END[^-]*-----|[\s\S]*)|\bLS0tLS1CRUdJTi[\w+/=-]*/g;
/** A signed token, JSON in base64, or a token that its issuer marks as one: GitHub, GitLab, Docker, AWS. */
const TOKEN =
  /\beyJ[\w+/=-]{8,}(?:\.[\w-]*){0,4}|\b(?:gh[a-z]_|github_pat_|glpat-|dckr_[a-z]{1,4}_)[\w-]{16,}|\bA[KS]IA[A-Z\d]{16}\b/g;
/**
 * When a login contains `/`, `?`, `#` or `%`, Go's error quotes the part of it that Go took for a port or an escape.
 */
const GO_PARSE_ERROR = /(invalid port |invalid URL escape )(\\*")[\s\S]*?(?:\2|$)/g;
/** `://`, also escaped or percent-encoded, or `//` alone where a word begins. */
const URL_START = String.raw`:\/\/|:\\+\/\\+\/|(?::|%(?:25)*3A)%(?:25)*2F%(?:25)*2F|(?<![^\s"'=(])\/\/`;
/** `rest` ends at the next URL of the line, which may be in the query of this one. */
const URLS = new RegExp(String.raw`(?<start>${URL_START})(?<rest>(?:(?!${URL_START}|:\\+\/)[^\r\n])*)`, "gi");
const HOST = /^(?:(?:[\w-]+\.)+[\w-]+\.?|localhost|\[[\da-f:.]*\])(?<port>:\d{1,5})?(?=[^\w:@.-]|:?$|:\s)/i;
const PASSWORD = /^[^\s/?#@]*(?::|%(?:25)*3A)|^[^\s/?#]*?:(?!\d{1,5}(?:\W|$))/i;
const MASKED_LOGIN = /^(?:[^\s/?#@]*(?::|%(?:25)*3A))?\*{3}/i;
const LOGIN_END = /(?:@|%(?:25)*40)(?!sha\d{3}(?::|%))(?=[\w[:])/gi;
const VERSION_AT = /^@v?\d+\.\d+\.\d+(?![.\d])/;
/** The login of a URL whose end was cut off. */
const CUT_LOGIN = /^((?:(?!%(?:25)*(?:2F|3F|23))[^\s/:?#"'[\\])+?(?::|%(?:25)*3A))(?!\d{1,5}(?:\W|$)|\*)[^\s"'\\]+/i;
const BARE_LOGIN = /(?<![\w/.%@-])([\w.%+-]{1,128}):(?!\/|\d{1,5}\/)[^\s"']{1,256}@(?!sha\d{3}:)(?=[\w[])/g;

/** A quote: plain, escaped at any depth, percent-encoded, or as an entity. */
const QUOTE = String.raw`(?:\\*["'\x60]|\\+u00(?:22|27)|&(?:quot|apos|#3[49]);|%(?:25)*2[27])`;
/** A name may begin after an escaped or encoded character, but not inside a word. */
const NAME_START = String.raw`(?=[a-z_$.])(?:(?<![\w.$\\-])|(?<=(?<![\w-])--?)|(?<=\\[nrt])|(?<=\\u[\da-f]{4})|(?<=%(?:25)*[\da-f]{2}))`;
const SEPARATOR = String.raw`(?:\s*(?:=>|:=|[:=]|\\+u003[ad]|%(?:25)*3[AD])\s*|(?<=--[\w.-]{1,128})\s+|(?<=--[\w.-]{1,128}${QUOTE}),?\s*(?=${QUOTE})|(?<=pass(?:word|wd|phrase))\s+(?=${QUOTE})|(?<=<[\w:.-]{1,128})>)`;
const NAME = String.raw`\.{0,3}[a-z_$][\w.$-]{0,127}(?![\w.$-])`;
/** The end of `form[name]=`. */
const BRACKET = String.raw`(?:\]|%(?:25)*5D)`;
const SAID_BEFORE = String.raw`(?:(?:invalid|unsupported|duplicate) value:\s*)?`;
/** The text between name and value in a pair such as `{"name": "PASSWORD", "value": "…"}`. */
const VALUE_OF = String.raw`${QUOTE}?[\s,]*${QUOTE}?value${QUOTE}?\s*[:=]\s*`;
/** A name and its separator from the value, or the scheme of an HTTP `authorization`. */
const NAMED = new RegExp(
  String.raw`${NAME_START}(?:(?<scheme>bearer|basic)(?:\s|\+|%(?:25)*20)+(?!realm=)|(?:name|key)${QUOTE}?\s*[:=]\s*${QUOTE}?(?<name>${NAME})${VALUE_OF}|(?<name>${NAME})${QUOTE}?${BRACKET}*${SEPARATOR}${SAID_BEFORE})`,
  "gi",
);
const NAME_WITH =
  /token|secret|passw|passphrase|passcode|pwd|signature|credential|authorization|cookie|session|jwt|bearer|assertion|hmac|kubeconfig|dockerconfig|auth(?:info|data|code|header|string|value|key)/;
/** The value of such a name is the name of another object: `secretRef`, `secretName`, `secretRef.name`. */
const NAME_OF_OTHER = /(?:^|[^a-z])(?:name|names|namespace|ref|refs|reference)$/;
const NAME_WORD = /(?:keys?|auth|pass|creds?|sig)$|^(?:sign|otp|pw|psk)$/;

const NO_VALUE =
  /^(?:(?:null|nil|none|undefined|true|false)(?:[,;&)\]}].*)?|\*+(?:\W.*)?|\u2026.*|\/\/.*|v?\d+(?:\.\d+)+|)$/i;
/** Words after `token: ` and the like that continue a sentence, and so are no secret. */
const ORDINARY = new Set(
  (
    "a an the no not yes is are was were be must should cannot could can has have found expected required missing " +
    "invalid unknown unexpected unsupported unable failed failure error expired denied forbidden unauthorized refused " +
    "rejected revoked malformed empty changed exists already does did waiting for from of in on to at by with without " +
    "and or get read open parse decode verify signature bearer basic auth authentication authorization token tokens " +
    "credential credentials challenge access scheme constraints there permission current-context"
  ).split(" "),
);
/** Matches only at the beginning of such a run: a match from each of its characters would take quadratic time. */
const TRAILING = /(?<!["'`\\,:;.)\]}>])["'`\\,:;.)\]}>]+$/;
const LONGEST_INDENT = 256;
/** Texts without a secret: the same words are said of thousands of tenants. */
const clean = new Set<string>();
const REMEMBERED_TEXTS = 1000;
/** Each line of the log has the same few fields. */
const judgedNames = new Map<string, boolean>();
const REMEMBERED_NAMES = 100;
const LONGEST_REMEMBERED = 300;
const NAMED_OBJECT = /(?:secrets?|configmaps?|users?|clusters?|contexts?)\s+\\*["']/iy;

/**
 * Masks secrets in a text: logins in URLs, values of names such as `password` in queries, forms, JSON and plain text,
 * HTTP credentials, PEM keys and signed tokens.
 *
 * Secrets are recognized by the structure around them; in doubt, text is masked. A second pass changes nothing.
 */
export function maskSecrets(text: string): string {
  if (clean.has(text)) {
    return text;
  }
  const masked = maskAll(text);
  if (masked === text && text.length <= LONGEST_REMEMBERED) {
    clean.add(text);
    forgetOldest(clean, REMEMBERED_TEXTS);
  }
  return masked;
}

function maskAll(text: string): string {
  const withoutTokens = text.replace(PEM, MASK).replace(TOKEN, MASK).replace(GO_PARSE_ERROR, `$1${MASK}`);
  // Values first: the login of a URL ends at the last `@` of the line, and that may belong to another secret.
  return maskValues(withoutTokens)
    .replace(URLS, (_url, start: string, rest: string) => start + maskLogin(rest))
    .replace(BARE_LOGIN, `$1:${MASK}@`);
}

/** Whether a field of this name holds a secret. */
export function isSecretName(name: string): boolean {
  return remember(judgedNames, name, { limit: REMEMBERED_NAMES, make: () => judgeName(name) });
}

function judgeName(name: string): boolean {
  const words = name.replace(/([a-z\d])([A-Z])/g, "$1 $2").toLowerCase();
  return (
    !NAME_OF_OTHER.test(words) &&
    (NAME_WITH.test(words.replace(/[^a-z]/g, "")) || words.split(/[^a-z]+/).some((word) => NAME_WORD.test(word)))
  );
}

function maskLogin(rest: string): string {
  const end = loginEnd(rest);
  return end > 0 ? MASK + rest.slice(end) : rest.replace(CUT_LOGIN, `$1${MASK}`);
}

/**
 * The end of the login at the beginning; 0 when there is none. Lenient, because passwords contain characters that URLs
 * must not.
 */
function loginEnd(rest: string): number {
  const host = HOST.exec(rest);
  if ((host !== null && host.groups?.["port"] === undefined) || MASKED_LOGIN.test(rest)) {
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
  const hasLines = text.includes("\n");
  for (const { index, 0: match, groups: { name = "", scheme } = {} } of text.matchAll(NAMED)) {
    const start = index + match.length;
    if (index >= done && (scheme !== undefined || isSecretName(name))) {
      const isPath = text[index - 1] === "/" && !match.includes("=");
      const end = valueEnd(text, { start, name, isPath, lineStart: hasLines && isLineStart(text, index) });
      masked += text.slice(done, start) + (end > start ? MASK : "");
      done = end;
    }
  }
  return masked + text.slice(done);
}

type Place = {
  readonly start: number;
  readonly name: string;
  /** The name is the last part of a path: of an image, a file or an object. */
  readonly isPath: boolean;
  /** The name begins a line of a text with several lines, as in YAML. */
  readonly lineStart: boolean;
};

/** The end of the value that begins at `start`; `start` itself when the value is no secret. */
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
  const word = said.replace(TRAILING, "");
  const end = start + word.length;
  // The credentials of an unknown HTTP scheme come after its name.
  const credentials =
    /authorization$/i.test(name) && word === said ? matchAt(/\s+\S+(?:,?\s+[\w-]+=\S+)*/y, text, end) : "";
  const isSchemeToken = credentials !== "" && /^token$/i.test(word);
  if (NO_VALUE.test(word) || (!isSchemeToken && isSentence(text, start, word))) {
    return start;
  }
  if (/^(?:[|>][+\d-]{0,2}|-)$/.test(word)) {
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
  const before = text.slice(Math.max(0, index - LONGEST_INDENT), index);
  const begin = before.lastIndexOf("\n") + 1;
  return (begin > 0 || index < LONGEST_INDENT) && /^[\s"'-]*$/.test(before.slice(begin));
}

/** The end of the quoted value. A quote that is part of the value has more backslashes than the closing one. */
function quotedEnd(text: string, start: number, quote: string): number {
  const mark = quote.replace(/^\\+(?!u)/, "");
  const depth = quote.length - mark.length;
  let from = start + quote.length;
  for (;;) {
    const at = text.indexOf(mark, from);
    if (at < 0) {
      return text.length;
    }
    const backslashes = backslashesBefore(text, at, from);
    from = at + mark.length;
    const isClosing = mark.startsWith("\\") || backslashes % (2 * (depth + 1)) === depth;
    if (isClosing && /^(?:[\s,;:)\]}>&.?!\\"'`%]|$)/.test(text.slice(from, from + 1))) {
      return from === start + 2 * quote.length ? start : from;
    }
  }
}

function backslashesBefore(text: string, end: number, begin: number): number {
  let at = end;
  while (at > begin && text[at - 1] === "\\") {
    at -= 1;
  }
  return end - at;
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
