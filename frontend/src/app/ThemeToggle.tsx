import { Moon, Sun } from "lucide-react";
import { useState } from "react";
import { IconButton } from "@/components/Button";

const STORAGE_KEY = "larder.theme";

/** Follows the system until a person chooses; the choice is kept on this device. */
export function ThemeToggle() {
  const [isDark, setDark] = useState(startsDark);
  const toggle = () => {
    const theme = isDark ? "light" : "dark";
    document.documentElement.dataset.theme = theme;
    localStorage.setItem(STORAGE_KEY, theme);
    setDark(!isDark);
  };
  return (
    <IconButton label={isDark ? "Use the light theme" : "Use the dark theme"} onClick={toggle}>
      {isDark ? <Sun size={17} aria-hidden /> : <Moon size={17} aria-hidden />}
    </IconButton>
  );
}

function startsDark(): boolean {
  const chosen = document.documentElement.dataset.theme;
  return chosen ? chosen === "dark" : window.matchMedia("(prefers-color-scheme: dark)").matches;
}
