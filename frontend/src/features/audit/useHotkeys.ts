import { useEffect, useRef } from "react";

export type Hotkeys = Record<string, () => void>;

const TYPING = "input:not([type=radio]):not([type=checkbox]), textarea, select, [contenteditable=true]";
const OWN_ENTER = "button, a, summary, [role=button], [role=menuitem]";

/**
 * Single keys for the whole page, by `KeyboardEvent.key` in lower case. Typing fields, open dialogs and menus keep
 * their keys; Control+Enter works everywhere and Escape leaves a field. Held keys count once.
 */
export function useHotkeys(hotkeys: Hotkeys): void {
  const latest = useRef(hotkeys);
  useEffect(() => {
    latest.current = hotkeys;
  });
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => handle(event, latest.current);
    window.addEventListener("keydown", onKeyDown);
    return () => window.removeEventListener("keydown", onKeyDown);
  }, []);
}

function handle(event: KeyboardEvent, hotkeys: Hotkeys): void {
  const target = event.target instanceof HTMLElement ? event.target : document.body;
  if (event.defaultPrevented || event.repeat || target.closest("[role=dialog], [role=menu]")) return;
  const key = event.key.toLowerCase();
  const isTyping = target.matches(TYPING);
  if (isTyping && key === "escape") target.blur();
  const isEverywhere = key === "enter" && (event.ctrlKey || event.metaKey);
  if (!isEverywhere && (isTyping || event.ctrlKey || event.metaKey || event.altKey)) return;
  if (!isEverywhere && key === "enter" && target.closest(OWN_ENTER)) return;
  const action = hotkeys[key];
  if (!action) return;
  event.preventDefault();
  action();
}
