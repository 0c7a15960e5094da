import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { describe, expect, test } from "vitest";

import { FIRST, ODD, RENEWED, SECOND, type TestCertificate } from "./support/certificates.ts";
import { runToEnd } from "./support/command-line.ts";
import { definition } from "./support/definition.ts";
import { https } from "./support/https.ts";
import { parseMetrics } from "./support/metrics.ts";
import { ProxyProcess, writeConfiguration } from "./support/proxy-process.ts";
import { RawConnection } from "./support/raw-connection.ts";
import { ask, askOver, connectToEdge } from "./support/request.ts";
import { Upstream } from "./support/upstream.ts";
import { waitFor } from "./support/wait-for.ts";

const MAIN = fileURLToPath(new URL("../bundle/main.js", import.meta.url));
const CRASH_EDGE = fileURLToPath(new URL("support/crash-edge.mjs", import.meta.url));
const TLS = { tls: {} };

describe("certificate files that change", () => {
  test("are for new connections, and open ones go on; unusable ones are reported once", async () => {
    const upstream = await Upstream.start();
    const proxy = await ProxyProcess.start({
      apis: { shop: definition("/shop", upstream.port) },
      nodeArguments: ["--import", CRASH_EDGE],
      ...https(FIRST),
    });
    const { config, httpsPort } = proxy;
    const request = { path: "/shop/a" };
    const kept = [await connectToEdge(httpsPort, 1, TLS), await connectToEdge(httpsPort, 2, TLS)];
    const askKept = async (): Promise<void> => {
      for (const connection of kept) expect((await askOver(connection, request)).status).toBe(200);
    };
    /** Nobody is turned away meanwhile. */
    const allShow = async (name: string): Promise<boolean> => {
      await askKept();
      for (let n = 0; n < 10; n++) {
        const connection = await RawConnection.open(httpsPort, TLS);
        const isOther = !connection.certificateNames.includes(name);
        expect((await askOver(connection, request)).status).toBe(200);
        connection.close();
        if (isOther) return false;
      }
      return true;
    };

    // The new certificate stands beside the old key.
    writeFileSync(join(config, "0.pem"), RENEWED.cert);
    await waitFor("the report", () => proxy.stderr.includes("cannot be reloaded"), 9000);
    expect(await allShow("first.test")).toBe(true);

    // An edge that starts again meanwhile has the old ones, which are no more in the operator's files.
    proxy.child.kill("SIGUSR2");
    await waitFor("the crash to be seen", async () => {
      const { text } = await ask(proxy.managementPort, { path: "/metrics" });
      return parseMetrics(text).get("portcullis_edge_restarts_total") === 1;
    });
    expect(kept.filter((each) => each.isOver)).toHaveLength(1);
    await waitFor("both edges", async () => {
      const answer = await ask(proxy.managementPort, { path: "/readyz" });
      return answer.status === 200;
    });
    for (const edge of [1, 2]) {
      kept[edge - 1]?.close();
      kept[edge - 1] = await connectToEdge(httpsPort, edge, TLS);
    }
    expect(await allShow("first.test")).toBe(true);

    writeFileSync(join(config, "0.key"), RENEWED.key);
    await waitFor("the new certificate", () => allShow("renewed.test"), 9000);
    await askKept();
    for (const connection of kept) {
      expect(connection.certificateNames).toContain("first.test");
      connection.close();
    }
    expect(proxy.stderr.split("cannot be reloaded")).toHaveLength(2);
    expect(proxy.stderr).toContain("0.pem: expected a certificate with its key");
    expect(proxy.stderr).not.toContain("PRIVATE");
    expect(await proxy.stop()).toEqual({ code: 0, signal: null });
  });
});

describe("certificates that cannot be used", () => {
  const OTHER_KEY = { cert: FIRST.cert, key: SECOND.key };
  test.for<{ name: string; given: readonly TestCertificate[]; want: RegExp }>([
    {
      name: "no certificate",
      given: [{ cert: "nothing", key: FIRST.key }],
      want: /0\.pem: expected a certificate with its key, got: /,
    },
    {
      name: "no key",
      given: [FIRST, { cert: SECOND.cert, key: "" }],
      want: /1\.pem: expected a certificate with its key, got: /,
    },
    {
      name: "another's key",
      given: [FIRST, OTHER_KEY],
      want: /1\.pem: expected a certificate with its key, got: .*key values mismatch/,
    },
  ])("($name) stop a start, and --check-config, with the file and the reason", async (row) => {
    const config = writeConfiguration({
      apis: { shop: definition("/shop", 9), broken: "{" },
      yaml: "upstream: { ca_file: missing.pem }\n",
      ...https(...row.given),
    });
    for (const flags of [[], ["--check-config"]]) {
      const state = join(config, "state");
      const args = [MAIN, "--config", config, "--state", state, ...flags];
      const { code, err, out } = await runToEnd(process.execPath, args);
      expect({ code, out }).toEqual({ code: 1, out: "" });
      expect(err).toMatch(row.want);
      // With every other problem.
      expect(err).toMatch(/broken\.json/);
      expect(err).toMatch(/missing\.pem: expected a PEM file, got ENOENT/);
      expect(err).not.toContain("PRIVATE");
    }
  });

  test("by the engine alone stop a start too, and do not end the process in its middle", async () => {
    for (const given of [[ODD], [FIRST, ODD]]) {
      const proxy = ProxyProcess.launch({
        apis: { shop: definition("/shop", 9) },
        ...https(...given),
      });
      expect(await proxy.exited).toEqual({ code: 1, signal: null });
      expect(proxy.stderr).toContain("the engine cannot use the certificate for odd.test");
    }
  });

  test("are not taken for authorities, nor is a file in which only some can", async () => {
    for (const text of [
      "",
      "nothing",
      `${FIRST.cert}-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n`,
    ]) {
      const config = writeConfiguration({
        apis: { shop: definition("/shop", 9) },
        yaml: "upstream: { ca_file: ca.pem }\n",
        files: { "ca.pem": text },
      });
      const args = [MAIN, "--config", config, "--check-config"];
      const { code, err } = await runToEnd(process.execPath, args);
      expect(code).toBe(1);
      expect(err).toMatch(/ca\.pem: expected certificates of authorities, got/);
    }
  });
});
