/** What bounds one WebSocket; times in milliseconds. */
export interface WebSocketLimits {
  /** Largest message, either way. */
  readonly maxMessageBytes: number;
  /** Without a message either way. */
  readonly idleMs: number;
  readonly lifetimeMs: number;
}
