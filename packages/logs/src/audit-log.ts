import { appendFileSync } from "node:fs";

import { escapeText } from "./escape-text.ts";

/** Who asked for a management action. */
export type AuditSubject = "cli" | "rest_api" | "cluster";

/** One thing an action is about: `api_id=shop`. */
export interface AuditResource {
  readonly name: string;
  readonly value: string;
  /** The value is masked, whatever the name. */
  readonly secret: boolean;
}

export interface AuditEntry {
  /** Milliseconds since 1970. */
  readonly timeMs: number;
  readonly subject: AuditSubject;
  /** A verb, or method and path: `delete_api`, `GET /v4/ase/cluster`. */
  readonly action: string;
  readonly resources: readonly AuditResource[];
}

const MASK = "**********";

/** Names whose values are masked even if the caller forgot to say so. */
const SECRET_NAME = /secret|password|token|cookie|api[_-]?key|credential|authorization/i;

/**
 * `date | subject | action | resources`, one line a management action.
 *
 * Values cannot forge a field, a resource or a line: pipes, commas, backslashes, quotes and all but
 * printable ASCII are escaped.
 */
export function formatAuditLine(entry: AuditEntry, timezone: "utc" | "local"): string {
  const resources = entry.resources.map(({ name, value, secret }) => {
    const shown = secret || SECRET_NAME.test(name) ? MASK : escapeField(value);
    return `${escapeField(name)}=${shown}`;
  });
  const time = formatTime(new Date(entry.timeMs), timezone);
  return `${time} | ${entry.subject} | ${escapeField(entry.action)} | ${resources.join(", ")}\n`;
}

/**
 * The management actions, appended to a file of mode 0600.
 *
 * Each line is in the file when `record` returns. The file is opened anew for each, so it may be
 * moved away at any time. Lines that cannot be written are counted and owned up to later.
 */
export class AuditLog {
  readonly #path: string;
  readonly #timezone: "utc" | "local";
  #lostLines = 0;

  constructor(path: string, timezone: "utc" | "local") {
    this.#path = path;
    this.#timezone = timezone;
  }

  /** Whether the line is written; never throws, since logging must not stop an operator. */
  record(entry: AuditEntry): boolean {
    const lost = this.#lostLines;
    try {
      const confession = lost > 0 ? this.#confession(entry, lost) : "";
      const text = confession + formatAuditLine(entry, this.#timezone);
      appendFileSync(this.#path, text, { mode: 0o600 });
      this.#lostLines = 0;
      return true;
    } catch {
      this.#lostLines++;
      return false;
    }
  }

  #confession(entry: AuditEntry, lost: number): string {
    const resources = [{ name: "lines", value: String(lost), secret: false }];
    return formatAuditLine({ ...entry, action: "lost", resources }, this.#timezone);
  }
}

function escapeField(text: string): string {
  return escapeText(text)
    .replaceAll("|", String.raw`\u007c`)
    .replaceAll(",", String.raw`\u002c`);
}

function formatTime(date: Date, timezone: "utc" | "local"): string {
  if (timezone === "utc") return date.toISOString().slice(0, 19).replace("T", " ");
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

function two(number: number): string {
  return String(number).padStart(2, "0");
}
