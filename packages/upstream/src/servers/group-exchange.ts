import type { AnswerHandler } from "../answer-handler.ts";
import { Exchange, type ExchangeEnd } from "../exchange.ts";
import type { UpstreamFault } from "../fault.ts";
import type { Server } from "./server.ts";

/** Who placed an exchange with a server. */
export interface ExchangePlacer {
  /** Whether an exchange that has failed is on its way to another server. */
  rescue(exchange: GroupExchange, fault: UpstreamFault): boolean;
  settle(exchange: GroupExchange, end: ExchangeEnd): void;
}

/** An exchange with whichever server of a group takes it. */
export class GroupExchange extends Exchange {
  readonly stickiness: number;
  /** The head without its Host, which each server that is tried adds; empty: the head is whole. */
  readonly openHead: string;
  /** The server that it is with, or was; `undefined` while it waits for one. */
  server: Server | undefined = undefined;
  /** Whether the shared memory counts it for its server's quota. */
  isClaimed = false;
  /** The server's as the exchange began. */
  epoch = 0;
  /** Servers tried, this one included. */
  tries = 0;
  triedFirst: Server | undefined = undefined;
  triedSecond: Server | undefined = undefined;

  private readonly placer: ExchangePlacer;

  constructor(
    head: string,
    method: string,
    bodyLength: number,
    handler: AnswerHandler,
    placer: ExchangePlacer,
    stickiness: number,
    owesHost: boolean,
  ) {
    super(head, method, bodyLength, handler);
    this.openHead = owesHost ? head : "";
    this.placer = placer;
    this.stickiness = stickiness;
  }

  override settled(end: ExchangeEnd): void {
    this.placer.settle(this, end);
  }

  protected override isRescued(fault: UpstreamFault): boolean {
    return this.placer.rescue(this, fault);
  }
}
