/** A host as URLs and Host headers write it, with its port unless that is `standardPort`. */
export function authorityOf(
  { host, port }: { readonly host: string; readonly port: number },
  standardPort: number,
): string {
  const name = host.includes(":") && !host.startsWith("[") ? `[${host}]` : host;
  return port === standardPort ? name : `${name}:${port}`;
}
