import { type RequestHandler, routeAll, SocketServer } from "./socket-server.ts";
import type { Uws, UwsApp, UwsTlsOptions } from "./uws.ts";

/** One certificate and the names it is for. */
export interface TlsCertificate {
  readonly certFile: string;
  readonly keyFile: string;
  /** Host names, `*.example.com` included. */
  readonly names: readonly string[];
}

export interface TlsSettings {
  /** The first one answers clients that name no host, or one that no certificate is for. */
  readonly certificates: readonly TlsCertificate[];
  /** OpenSSL cipher list for TLS 1.2; empty: the engine's own. */
  readonly ciphers: string;
}

/**
 * Generations of certificates whose connections may still be open. One that never pauses would keep
 * its generation for ever: a connection outlives this many replacements, and is closed by the next.
 */
const OLDER_KEPT = 4;

/**
 * The TLS side of one edge. New certificates come into force for new connections; those that are
 * open go on with what they began with.
 */
export class TlsServer {
  readonly #uws: Uws;
  readonly #handler: RequestHandler;
  #current: SocketServer;
  /** Servers with older certificates, whose connections may not have ended yet; the oldest first. */
  readonly #older: SocketServer[] = [];
  #host = "";
  #port = 0;

  constructor(uws: Uws, settings: TlsSettings, handler: RequestHandler) {
    this.#uws = uws;
    this.#handler = handler;
    this.#current = this.#build(settings);
  }

  /** Listens and returns the port; `undefined`: it cannot. */
  listen(host: string, port: number): number | undefined {
    const bound = this.#current.listen(host, port);
    this.#host = host;
    this.#port = bound ?? 0;
    return bound;
  }

  /** Reads the certificate files anew. Throws, and changes nothing, if the engine cannot use them. */
  reload(settings: TlsSettings): void {
    const next = this.#build(settings);
    const old = this.#current;
    // The kernel shares the port between the two for a moment, so no connection is refused.
    if (next.listen(this.#host, this.#port) === undefined) {
      next.close();
      throw new Error(`cannot listen on ${this.#host}:${this.#port} with the new certificates`);
    }
    this.#current = next;
    this.#older.push(old);
    if (this.#older.length > OLDER_KEPT) this.#older.shift()?.close();
    // Two turns: in the one between, the old server takes the connections that came while this one was
    // built. Closed at once, it would reset them.
    setImmediate(() => setImmediate(() => old.stopListening()));
  }

  stopListening(): void {
    this.#current.stopListening();
    for (const server of this.#older) server.stopListening();
  }

  close(): void {
    this.#current.close();
    for (const server of this.#older) server.close();
  }

  #build({ certificates, ciphers }: TlsSettings): SocketServer {
    const [first, ...others] = certificates;
    if (first === undefined) throw new TypeError("a TLS server without a certificate");
    // The engine ends the process over a further certificate that it cannot use, and throws over a first.
    for (const certificate of others) this.#open(certificate, ciphers).close();
    const app = routeAll(this.#open(first, ciphers), this.#handler);
    // The one certificate of most installations needs no names: it answers whatever is asked for.
    for (const certificate of others.length > 0 ? certificates : []) {
      for (const name of certificate.names) this.#addName(app, name, certificate, ciphers);
    }
    return new SocketServer(this.#uws, app);
  }

  /** OpenSSL has found the certificate in order, but the engine's TLS library knows fewer algorithms. */
  #open(certificate: TlsCertificate, ciphers: string): UwsApp {
    try {
      return this.#uws.SSLApp(engineOptions(certificate, ciphers));
    } catch (error) {
      const names = certificate.names.join(", ");
      throw new Error(
        `the engine cannot use the certificate for ${names}, its key or the cipher list`,
        { cause: error },
      );
    }
  }

  /** The engine keeps a router for each name; all of them lead to the one handler. */
  #addName(app: UwsApp, name: string, certificate: TlsCertificate, ciphers: string): void {
    app.addServerName(name, engineOptions(certificate, ciphers));
    routeAll(app.domain(name), this.#handler);
  }
}

function engineOptions(certificate: TlsCertificate, ciphers: string): UwsTlsOptions {
  return {
    cert_file_name: certificate.certFile,
    key_file_name: certificate.keyFile,
    ...(ciphers === "" ? {} : { ssl_ciphers: ciphers }),
  };
}
