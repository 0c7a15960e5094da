import {
  connect as connectTcp,
  isIP,
  type LookupFunction,
  type Socket,
  type TcpSocketConnectOpts,
} from "node:net";
import { connect as connectTls, type ConnectionOptions, type SecureContext } from "node:tls";

import type { HostAddresses } from "./host-addresses.ts";
import type { UpstreamSettings } from "./settings.ts";
import { secureContextOf } from "./tls-context.ts";

const READ_BYTES = 64 * 1024;

/**
 * Opens the sockets of one pool.
 *
 * Reads go through `onread`: no stream machinery and no buffer a read. All sockets share one
 * buffer, which is sound where the system call runs inside the callback (everywhere but Windows,
 * where a read is begun with the buffer it will fill).
 */
export class SocketOpener {
  /** The event after which a new socket may be written to. */
  readonly readyEvent: "connect" | "secureConnect";

  private readonly settings: UpstreamSettings;
  private readonly sharedBuffer: Buffer = Buffer.allocUnsafeSlow(READ_BYTES);
  private readonly secureContext: SecureContext | undefined;
  private readonly lookup: LookupFunction;
  /** Sent as SNI, which node:tls does for no host by itself; an address is none (RFC 6066, 3). */
  private readonly serverName: string;
  /**
   * The newest ticket of this upstream: a handshake without certificates, so without our checking
   * them again. It is good for this pool only, whose every connection is verified in the same way.
   */
  private session: Buffer | undefined = undefined;

  /** Throws what node:tls throws if a certificate or key cannot be used. */
  constructor(settings: UpstreamSettings, addresses: HostAddresses) {
    this.settings = settings;
    const { host, tls } = settings;
    this.serverName = tls?.serverName ?? (isIP(host) === 0 ? host : "");
    this.lookup = (_host, options, done) => addresses.lookup(options.all === true, done);
    this.secureContext = settings.tls && secureContextOf(settings.tls);
    this.readyEvent = settings.tls === undefined ? "connect" : "secureConnect";
  }

  /** A buffer for one connection to read into; its bytes last until the read callback returns. */
  readBuffer(): Buffer {
    return process.platform === "win32" ? Buffer.allocUnsafeSlow(READ_BYTES) : this.sharedBuffer;
  }

  /** Starts to connect; `onRead` gets the number of bytes put into `buffer`. */
  open(buffer: Buffer, onRead: (length: number) => boolean): Socket {
    const { host, port, tls } = this.settings;
    const onread = { buffer, callback: onRead };
    if (tls === undefined)
      return connectTcp({ host, port, noDelay: true, onread, lookup: this.lookup });
    // The typings leave `onread` out of TLS; node:tls documents and takes it.
    const options: ConnectionOptions & Pick<TcpSocketConnectOpts, "onread"> = {
      host,
      port,
      onread,
      lookup: this.lookup,
      ALPNProtocols: ["http/1.1"],
      rejectUnauthorized: tls.rejectUnauthorized ?? true,
      ...(this.secureContext !== undefined && { secureContext: this.secureContext }),
      ...(this.serverName !== "" && { servername: this.serverName }),
      ...(this.session !== undefined && { session: this.session }),
    };
    const socket = connectTls(options);
    socket.on("session", (session: Buffer) => {
      this.session = session;
    });
    socket.setNoDelay(true);
    return socket;
  }
}
