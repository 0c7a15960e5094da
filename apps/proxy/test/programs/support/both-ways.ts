import { definition, type Metadata } from "../../support/definition.ts";
import { ProxyProcess, type ProxyOptions } from "../../support/proxy-process.ts";

/** Two addresses of one upstream: its own, and that of a proxy in front of it. */
export interface BothWays {
  readonly direct: string;
  readonly proxied: string;
  readonly proxy: ProxyProcess;
}

/** A proxy whose one API is all of the upstream at `port`. */
export async function inFrontOf(
  port: number,
  metadata: Metadata = {},
  options: ProxyOptions = {},
): Promise<BothWays> {
  const apis = { everything: definition("/", port, metadata) };
  const proxy = await ProxyProcess.start({ apis, ...options });
  return {
    direct: `http://127.0.0.1:${port}`,
    proxied: `http://127.0.0.1:${proxy.port}`,
    proxy,
  };
}

/** Does the same with either address, one after the other. Ports are the same word in what comes out. */
export async function bothWays(
  { direct, proxied }: Pick<BothWays, "direct" | "proxied">,
  act: (base: string) => Promise<unknown>,
): Promise<{ readonly direct: unknown; readonly proxied: unknown }> {
  return {
    direct: neutral(await act(direct), direct),
    proxied: neutral(await act(proxied), proxied),
  };
}

function neutral(outcome: unknown, base: string): unknown {
  const { host, protocol } = new URL(base);
  const text = JSON.stringify(outcome) ?? "";
  return JSON.parse(
    text.replaceAll(`${protocol}//${host}`, "http://upstream").replaceAll(host, "upstream"),
  );
}
