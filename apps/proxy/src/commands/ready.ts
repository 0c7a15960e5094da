/** What a proxy tells the process that started it once it takes requests. */
export const READY = "ready";
