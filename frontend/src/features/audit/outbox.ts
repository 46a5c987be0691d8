/**
 * Decisions on their way to the server.
 *
 * Invariant: a decision is in localStorage before the screen moves on, and leaves it only when the server has
 * acknowledged it or a person dismissed its refusal. Each carries a key made here, so that sending it twice counts once.
 * Each lies under a storage key of its own: two tabs never overwrite each other's.
 */
import { ApiError, sentence } from "@/client/errors";
import type { AuditRequest, OpinionRequest } from "@/client/types";

export type Outgoing = { seq: number; recordId: string; refused?: string; code?: string } & (
  | { kind: "audit"; body: AuditRequest }
  | { kind: "opinion"; body: OpinionRequest }
  | { kind: "undo"; body: { key: string; of_key?: string } }
);

export interface OutboxState {
  state: "saved" | "saving" | "offline";
  waiting: number;
  refused: Outgoing[];
}

export interface OutboxOptions {
  storage: Storage;
  send: (outgoing: Outgoing) => Promise<unknown>;
  onSaved: (outgoing: Outgoing) => void;
}

const PREFIX = "larder.outbox.";
const FIRST_RETRY_MS = 1_000;
const LAST_RETRY_MS = 15_000;

export class Outbox {
  private listeners = new Set<() => void>();
  private flushing = false;
  private offline = false;
  private retryMs = FIRST_RETRY_MS;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private current: OutboxState;

  constructor(private readonly options: OutboxOptions) {
    this.current = this.read();
  }

  /** For useSyncExternalStore. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  readonly snapshot = (): OutboxState => this.current;

  /** Keeps a decision and starts to send it. */
  readonly add = (outgoing: Outgoing): void => {
    this.keep(outgoing);
    this.announce();
    void this.flush();
  };

  readonly dismiss = (outgoing: Outgoing): void => {
    this.options.storage.removeItem(PREFIX + outgoing.body.key);
    this.announce();
  };

  /** Sends what waits, oldest first; stops at the first that does not get through and tries again later. */
  readonly flush = async (): Promise<void> => {
    if (this.flushing) return;
    this.flushing = true;
    clearTimeout(this.timer);
    this.announce();
    let next = this.first();
    while (next && (await this.deliver(next))) next = this.first();
    this.flushing = false;
    this.announce();
  };

  private async deliver(outgoing: Outgoing): Promise<boolean> {
    try {
      await this.options.send(outgoing);
    } catch (error) {
      if (error instanceof ApiError && !error.isTransient) {
        this.keep({ ...outgoing, refused: sentence(error), code: error.code });
        return true;
      }
      this.retryLater();
      return false;
    }
    this.options.storage.removeItem(PREFIX + outgoing.body.key);
    this.offline = false;
    this.retryMs = FIRST_RETRY_MS;
    this.announce();
    this.options.onSaved(outgoing);
    return true;
  }

  private retryLater(): void {
    this.offline = true;
    this.timer = setTimeout(() => void this.flush(), this.retryMs);
    this.retryMs = Math.min(this.retryMs * 2, LAST_RETRY_MS);
  }

  private keep(outgoing: Outgoing): void {
    this.options.storage.setItem(PREFIX + outgoing.body.key, JSON.stringify(outgoing));
  }

  private all(): Outgoing[] {
    const { storage } = this.options;
    const keys = Array.from({ length: storage.length }, (_, i) => storage.key(i) ?? "").filter((k) => k.startsWith(PREFIX));
    const kept = keys.flatMap((key) => parse(storage.getItem(key)));
    return kept.sort((a, b) => a.seq - b.seq);
  }

  private first(): Outgoing | undefined {
    return this.all().find((outgoing) => !outgoing.refused);
  }

  private read(): OutboxState {
    const all = this.all();
    const refused = all.filter((outgoing) => outgoing.refused);
    const waiting = all.length - refused.length;
    if (waiting === 0) this.offline = false;
    return { state: this.offline ? "offline" : waiting > 0 ? "saving" : "saved", waiting, refused };
  }

  private announce(): void {
    this.current = this.read();
    this.listeners.forEach((listener) => listener());
  }
}

function parse(text: string | null): Outgoing[] {
  return text ? [JSON.parse(text) as Outgoing] : [];
}

/** A random UUID, also on a plain-http address, where crypto.randomUUID is missing. */
export function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
