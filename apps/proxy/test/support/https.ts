import type { TestCertificate } from "./certificates.ts";
import type { ProxyOptions } from "./proxy-process.ts";

/** The TLS listener and the files for it, named `0.pem` and `0.key`, `1.pem` and so on. */
export function https(
  ...certificates: readonly TestCertificate[]
): Pick<ProxyOptions, "https" | "files"> {
  const pairs = certificates.map((_, index) => `{ cert: ${index}.pem, key: ${index}.key }`);
  return {
    https: `{ host: 127.0.0.1, port: 0, certificates: [${pairs.join(", ")}] }`,
    files: Object.fromEntries(
      certificates.flatMap(({ cert, key }, index) => [
        [`${index}.pem`, cert],
        [`${index}.key`, key],
      ]),
    ),
  };
}
