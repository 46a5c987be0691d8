import { Download, Upload } from "lucide-react";
import { useRef } from "react";
import { Button, buttonClass } from "@/components/Button";

interface SheetActionsProps {
  /** `/api/directory/file`: GET gives the file. */
  path: string;
  what: string;
  onFile: (text: string) => void;
  disabled?: boolean;
}

/** Out as a spreadsheet or JSON, and in again; what comes in is shown before it is saved. */
export function SheetActions({ path, what, onFile, disabled = false }: SheetActionsProps) {
  const input = useRef<HTMLInputElement>(null);
  const read = async (file: File | undefined) => {
    if (file) onFile(await file.text());
    if (input.current) input.current.value = "";
  };
  return (
    <>
      {(["csv", "json"] as const).map((form) => (
        <a key={form} href={`${path}?form=${form}`} download={`${what}.${form}`} className={buttonClass("secondary", true)}>
          <Download size={15} aria-hidden /> {form.toUpperCase()}
        </a>
      ))}
      <Button small disabled={disabled} icon={<Upload size={15} aria-hidden />} onClick={() => input.current?.click()}>
        Open a file
      </Button>
      <input
        ref={input}
        type="file"
        accept=".csv,.json,text/csv,application/json"
        aria-label={`File with the ${what}`}
        className="sr-only"
        tabIndex={-1}
        onChange={(event) => void read(event.target.files?.[0])}
      />
    </>
  );
}
