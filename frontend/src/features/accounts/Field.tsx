import type { ComponentProps } from "react";

interface FieldProps extends ComponentProps<"input"> {
  label: string;
  hint?: string;
}

/** A labelled text field; fields are read from the form by their names. */
export function Field({ label, hint, ...rest }: FieldProps) {
  return (
    <label className="block space-y-1">
      <span className="text-sm font-medium">{label}</span>
      <input required className="field w-full" {...rest} />
      {hint && <span className="block text-sm text-muted">{hint}</span>}
    </label>
  );
}

/** The form's texts by name. */
export function texts(form: HTMLFormElement): Record<string, string> {
  return Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, typeof value === "string" ? value : ""]));
}
