/** What a write call answers when the change is committed and holds on every thread. */
export interface Success {
  readonly status: "success";
  readonly status_message: string;
}

export function success(message: string): Success {
  return { status: "success", status_message: message };
}
