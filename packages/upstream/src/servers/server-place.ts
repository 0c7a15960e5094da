import type { ExchangeEnd } from "../exchange.ts";
import type { Server } from "./server.ts";

/** Who gave a place and takes it back. */
export interface PlaceGiver {
  release(server: Server, isClaimed: boolean, epoch: number, end: ExchangeEnd): void;
}

/** A place at a server, taken by something other than an exchange of its pool. */
export class ServerPlace {
  readonly host: string;
  readonly port: number;
  /** What a Host header calls it. */
  readonly authority: string;
  /** The group's own. */
  readonly server: Server;

  private readonly giver: PlaceGiver;
  private readonly isClaimed: boolean;
  private readonly epoch: number;
  private isReleased = false;

  constructor(giver: PlaceGiver, server: Server, isClaimed: boolean) {
    this.host = server.host;
    this.port = server.port;
    this.authority = server.authority;
    this.giver = giver;
    this.server = server;
    this.isClaimed = isClaimed;
    this.epoch = server.epoch;
  }

  /** Gives the place back, and says what the server was like. Does nothing the second time. */
  release(end: ExchangeEnd): void {
    if (this.isReleased) return;
    this.isReleased = true;
    this.giver.release(this.server, this.isClaimed, this.epoch, end);
  }
}
