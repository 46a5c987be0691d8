/** Unsaved edits, kept on this device so that a reload or a closed window loses none. */
import type { Draft } from "./draft";

const PREFIX = "larder.draft.";
/** Drafts of messages that were left long ago make room. */
const MOST = 200;

interface Kept {
  at: number;
  draft: Draft;
}

export function loadDraft(key: string): Draft | null {
  const text = localStorage.getItem(PREFIX + key);
  return text ? (JSON.parse(text) as Kept).draft : null;
}

export function keepDraft(key: string, draft: Draft): void {
  localStorage.setItem(PREFIX + key, JSON.stringify({ at: Date.now(), draft } satisfies Kept));
  forgetOldest();
}

/** Of a record: whichever reading the draft began from. */
export function forgetDrafts(recordId: string): void {
  for (const key of keys()) if (key.startsWith(`${PREFIX}${recordId}@`)) localStorage.removeItem(key);
}

export function forgetDraft(key: string): void {
  localStorage.removeItem(PREFIX + key);
}

function forgetOldest(): void {
  const all = keys();
  if (all.length <= MOST) return;
  const age = (key: string) => (JSON.parse(localStorage.getItem(key) ?? "{}") as Partial<Kept>).at ?? 0;
  const oldest = all.map((key) => [age(key), key] as const).sort(([a], [b]) => a - b);
  for (const [, key] of oldest.slice(0, all.length - MOST)) localStorage.removeItem(key);
}

function keys(): string[] {
  return Array.from({ length: localStorage.length }, (_, i) => localStorage.key(i) ?? "").filter((key) => key.startsWith(PREFIX));
}
