/** Who sits here, as the audits will say. Kept on this device; an account's name takes its place where there are accounts. */
const STORAGE_KEY = "larder.name";

export const personName = (): string => localStorage.getItem(STORAGE_KEY) ?? "";

export function rememberName(name: string): void {
  localStorage.setItem(STORAGE_KEY, name.trim().slice(0, 100));
}

/** A header may carry Latin letters only; others are written without their marks. */
export function headerName(name: string): string {
  return name.normalize("NFKD").replace(/[^\x20-\x7e]/g, "").trim();
}
