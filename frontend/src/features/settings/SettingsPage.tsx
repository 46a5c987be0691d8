import { DeadLetters } from "./DeadLetters";
import { DirectoryEditor } from "./DirectoryEditor";
import { TablesEditor } from "./TablesEditor";

export function SettingsPage() {
  return (
    <div className="space-y-5">
      <h1 className="text-2xl font-semibold">Settings</h1>
      <DirectoryEditor />
      <DeadLetters />
      <TablesEditor />
    </div>
  );
}
