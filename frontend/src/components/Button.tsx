import type { ComponentProps, ReactNode } from "react";
import { cx } from "./cx";

type Look = "primary" | "secondary" | "quiet" | "danger";

const looks: Record<Look, string> = {
  primary: "bg-accent text-on-accent hover:bg-accent-hover border-transparent shadow-sm",
  secondary: "bg-surface text-ink border-line-strong hover:border-muted hover:bg-sunken",
  quiet: "bg-transparent text-muted border-transparent hover:text-ink hover:bg-sunken",
  danger: "bg-surface text-danger border-line-strong hover:border-danger hover:bg-danger-soft",
};

interface ButtonProps extends ComponentProps<"button"> {
  look?: Look;
  small?: boolean;
  icon?: ReactNode;
}

export function buttonClass(look: Look = "secondary", small = false): string {
  return cx(
    "inline-flex shrink-0 items-center justify-center gap-1.5 rounded-lg border font-medium whitespace-nowrap",
    "transition-colors disabled:opacity-45",
    small ? "h-8 px-2.5 text-sm" : "h-10 px-3 sm:px-4",
    looks[look],
  );
}

export function Button({ look = "secondary", small = false, icon, className, children, ...rest }: ButtonProps) {
  return (
    <button type="button" className={cx(buttonClass(look, small), className)} {...rest}>
      {icon}
      {children}
    </button>
  );
}

interface IconButtonProps extends ComponentProps<"button"> {
  label: string;
}

/** A button with a picture only: its name is spoken and shown as a title. */
export function IconButton({ label, className, children, ...rest }: IconButtonProps) {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      className={cx(
        "inline-flex size-8 shrink-0 items-center justify-center rounded-lg text-muted transition-colors",
        "hover:bg-sunken hover:text-ink disabled:opacity-40",
        className,
      )}
      {...rest}
    >
      {children}
    </button>
  );
}
