import { type RequestHandler, routeAll, SocketServer } from "./socket-server.ts";
import { type Uws, type UwsApp, type UwsTlsOptions } from "./uws.ts";

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
 * The TLS side of one edge. New certificates come into force for new connections; those that are
 * open go on with what they began with.
 */
export class TlsServer {
  readonly #uws: Uws;
  readonly #handler: RequestHandler;
  #current: SocketServer;
  /** Servers with older certificates, whose connections have not ended yet. */
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
      throw new Error(`cannot listen on ${this.#host}:${this.#port} with the new certificates`);
    }
    this.#current = next;
    old.stopListening();
    this.#older.push(old);
  }

  stopListening(): void {
    this.#current.stopListening();
  }

  close(): void {
    this.#current.close();
    for (const server of this.#older) server.close();
  }

  #build({ certificates, ciphers }: TlsSettings): SocketServer {
    const [first] = certificates;
    if (first === undefined) throw new TypeError("a TLS server without a certificate");
    const app = routeAll(this.#uws.SSLApp(engineOptions(first, ciphers)), this.#handler);
    // The one certificate of most installations needs no names: it answers whatever is asked for.
    for (const certificate of certificates.length > 1 ? certificates : []) {
      for (const name of certificate.names) this.#addName(app, name, certificate, ciphers);
    }
    return new SocketServer(this.#uws, app);
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
