import { Dialog } from "@/components/Dialog";
import { Kbd } from "@/components/Kbd";

const KEYS: readonly [keys: string[], does: string][] = [
  [["Enter", "A"], "Mark audited and go to the next message"],
  [["S"], "Skip this message"],
  [["U"], "Undo the last decision"],
  [["J"], "Next message"],
  [["K"], "Previous message"],
  [["E"], "Edit the reading"],
  [["D"], "Next difference, when comparing"],
  [["L", "R"], "Take the left or the right reading there"],
  [["H"], "What was decided on this message before"],
  [["Alt+↑", "Alt+↓"], "Move the item up or down"],
  [["Esc"], "Leave a field"],
  [["Ctrl+Enter"], "Mark audited from inside a field"],
  [["?"], "This sheet"],
];

interface HelpSheetProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
}

export function HelpSheet({ open, onOpenChange }: HelpSheetProps) {
  return (
    <Dialog open={open} onOpenChange={onOpenChange} title="Keys" description="Letters work anywhere except while you type in a field.">
      <dl className="space-y-2">
        {KEYS.map(([keys, does]) => (
          <div key={does} className="flex items-center gap-4">
            <dt className="flex w-32 shrink-0 gap-1.5">
              {keys.map((key) => (
                <Kbd key={key}>{key}</Kbd>
              ))}
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
