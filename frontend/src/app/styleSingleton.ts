/**
 * In place of `react-style-singleton`, with which dialogs keep the page behind them from scrolling: it writes a <style>,
 * which the content-security-policy refuses. A sheet that a script constructs is no inline style.
 */
import { useEffect } from "react";

export function styleSingleton() {
  let uses = 0;
  let sheet: CSSStyleSheet | null = null;
  return function Sheet({ styles }: { styles: string }) {
    useEffect(() => {
      if (uses++ === 0) {
        sheet = new CSSStyleSheet();
        sheet.replaceSync(styles);
        document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
      }
      return () => {
        if (--uses === 0) document.adoptedStyleSheets = document.adoptedStyleSheets.filter((one) => one !== sheet);
      };
    }, [styles]);
    return null;
  };
}
