import { isIP, isIPv4, isIPv6 } from "node:net";
import { goNanoseconds } from "./go-duration.ts";

const LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/u;
const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/u;
const DATE_TIME = /^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:?\d{2})$/u;
const UUID = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/iu;
const BASE64 = /^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/u;

/** The string formats that the API server checks; all others are ignored, as it does. */
const FORMATS: Readonly<Record<string, (text: string) => boolean>> = {
  "date-time": (text) => DATE_TIME.test(text) && !Number.isNaN(Date.parse(text)),
  datetime: (text) => DATE_TIME.test(text) && !Number.isNaN(Date.parse(text)),
  date: (text) => /^\d{4}-\d{2}-\d{2}$/u.test(text) && !Number.isNaN(Date.parse(text)),
  duration: isDuration,
  uuid: (text) => UUID.test(text),
  byte: (text) => BASE64.test(text),
  ipv4: isIPv4,
  ipv6: isIPv6,
  cidr: isCIDR,
  uri: (text) => URL.canParse(text) || text.startsWith("/"),
  hostname: (text) => text.length <= 253 && SUBDOMAIN.test(text.toLowerCase()),
  email: (text) => /^[^\s@]+@[^\s@]+$/u.test(text),
  "k8s-short-name": (text) => LABEL.test(text),
  "k8s-long-name": (text) => text.length <= 253 && SUBDOMAIN.test(text),
};

/** Whether the API server knows this string format. */
export function isKnownFormat(format: string | undefined): format is string {
  return format !== undefined && Object.hasOwn(FORMATS, format);
}

/** Whether `text` is of the format; true for formats nobody checks. */
export function hasFormat(format: string, text: string): boolean {
  return FORMATS[format]?.(text) ?? true;
}

const LOOSE_DURATION = /(\d+)\s*([A-Za-zµ]+)/gu;
const LOOSE_UNIT = /^(?:ns|nano.*|us|µs|micro.*|ms|milli.*|s|sec.*|m|min.*|h|hr|hour.*|d|day.*|w|wk|week.*)$/iu;
const LONGEST_COUNT = 2n ** 63n - 1n;

// What Go does not parse is read once more with days and weeks, blanks between, and no limit but that of each number.
function isDuration(text: string): boolean {
  const parts = [...text.matchAll(LOOSE_DURATION)];
  return (
    goNanoseconds(text) !== undefined ||
    (parts.every(([, count = "0"]) => BigInt(count) <= LONGEST_COUNT) &&
      parts.some(([, , unit = ""]) => LOOSE_UNIT.test(unit)))
  );
}

/** Whether `text` is an address and a prefix length, for example `10.0.0.0/8`. */
export function isCIDR(text: string): boolean {
  const [address = "", length = "", ...rest] = text.split("/");
  const version = isIP(address);
  return version !== 0 && rest.length === 0 && /^\d+$/u.test(length) && Number(length) <= (version === 4 ? 32 : 128);
}
