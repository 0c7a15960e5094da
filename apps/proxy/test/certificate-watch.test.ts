import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";

import { CertificateWatch } from "../src/control/certificate-watch.ts";
import { readCertificateTexts, tryCertificates } from "../src/control/certificates.ts";
import { FIRST, RENEWED, SECOND, type TestCertificate } from "./support/certificates.ts";
import { temporaryDirectory } from "./support/cleanup.ts";

const LOOK_MS = 5000;
const LOOKS = 5;

let watch: CertificateWatch;
let brought: string[];
let troubles: string[];
/** Thrown by whoever brings certificates into force. */
let failure: Error | undefined;
let write: (certificate: TestCertificate) => void;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  const directory = temporaryDirectory();
  const cert = join(directory, "a.pem");
  const key = join(directory, "a.key");
  write = (certificate) => {
    writeFileSync(cert, certificate.cert);
    writeFileSync(key, certificate.key);
  };
  write(FIRST);
  const settings = { host: "", port: 0, certificates: [{ cert, key }], ciphers: "" };
  brought = [];
  troubles = [];
  failure = undefined;
  watch = new CertificateWatch({
    settings,
    fingerprint: readCertificateTexts(settings).fingerprint,
    onChange: (texts) => {
      const names = tryCertificates(texts, "").flatMap((each) => each.names);
      if (failure !== undefined) throw failure;
      brought.push(...names);
    },
    onTrouble: (what, error) => troubles.push(`${what}: ${String(error)}`),
  });
});

afterEach(() => {
  watch.stop();
  vi.useRealTimers();
});

function look(times: number = LOOKS): void {
  vi.advanceTimersByTime(times * LOOK_MS);
}

const torn: TestCertificate = { cert: RENEWED.cert, key: FIRST.key };

describe("a watch over certificate files", () => {
  test("says nothing as long as they stay as they are", () => {
    look();
    write(FIRST);
    look();
    expect([brought, troubles]).toEqual([[], []]);
  });

  test("tells of each change once", () => {
    write(SECOND);
    look();
    write(RENEWED);
    look();
    expect(brought).toEqual(["second.test", "*.wild.test", "renewed.test"]);
    expect(troubles).toEqual([]);
  });

  test("reports unusable ones once, and goes on looking", () => {
    write(torn);
    look();
    expect(troubles).toHaveLength(1);
    write(RENEWED);
    look();
    expect(brought).toEqual(["renewed.test"]);
  });

  test("brings nothing where the old ones came back", () => {
    write(torn);
    look();
    write(FIRST);
    look();
    expect(brought).toEqual([]);
    // The same mistake again is news.
    write(torn);
    look();
    expect(troubles).toHaveLength(2);
  });

  test("tries again what could not be brought into force, and complains once", () => {
    failure = new Error("no space left");
    write(RENEWED);
    look();
    expect(troubles).toEqual([expect.stringContaining("no space left")]);
    failure = undefined;
    look();
    expect(brought).toEqual(["renewed.test"]);
  });
});
